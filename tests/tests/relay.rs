//! x
use deskbridge_tests::House;
use serde_json::json;

#[tokio::test]
async fn a_comment_becomes_a_ticket_and_the_answer_comes_back() {
    let house = House::open().await;
    house.comment("1001_100", "2001", "Where is my parcel?");
    house.settle().await;
    println!("{:#}", house.state(house.zendesk()));
    for line in house.bridge.world.take_lines() {
        println!("{}", serde_json::to_string(&line).unwrap());
    }
    house.act(house.zendesk(), &json!({"do":"reply","ticket":1,"text":"On its way."}));
    house.settle().await;
    for line in house.bridge.world.take_lines() {
        println!("{}", serde_json::to_string(&line).unwrap());
    }
    println!("{:#}", house.state(house.graph()));
}
