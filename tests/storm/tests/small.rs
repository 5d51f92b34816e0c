//! A hundredth of the storm, in both shapes.

use deskbridge_storm::{Outcome, Scale, Shape, storm};

fn calm(outcome: &Outcome) {
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
    assert_eq!(outcome.tickets, 1515);
    assert!(outcome.direct.percentile(100) < 60.0, "direct messages do not wait: {outcome:?}");
    assert!(outcome.public.percentile(50) > 60.0, "while public comments do: {outcome:?}");
    assert!(outcome.answers.percentile(50) < 60.0, "{outcome:?}");
}

#[test]
fn on_one_machine_nothing_is_lost_and_no_call_is_left_unused() {
    let outcome = storm(&Scale::SMALL, Shape::OneMachine, 7);
    calm(&outcome);
    assert!(outcome.ratio() <= 1.1, "{} times the least time: {outcome:?}", outcome.ratio());
    assert_eq!(outcome.calls.refused, 0, "no call is made in vain");
    assert!(outcome.receives_mean < 1.3, "what waits is hardly ever received: {outcome:?}");
    assert!(outcome.answers.percentile(100) < 60.0, "{outcome:?}");
}

#[test]
fn on_aws_too_though_the_queue_gives_what_comes_first() {
    let outcome = storm(&Scale::SMALL, Shape::Aws, 7);
    calm(&outcome);
    assert!(outcome.receives_max <= 60, "{outcome:?}");
}

#[test]
fn the_same_seed_gives_the_same_storm() {
    let scale = Scale { comments: 400, people: 300, lasts_ms: 30_000, answers: 4 };
    for shape in [Shape::OneMachine, Shape::Aws] {
        let (one, other) = (storm(&scale, shape, 3), storm(&scale, shape, 3));
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}
