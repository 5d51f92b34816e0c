//! `GET /2/users/..`, and people as objects.

use serde_json::{Value, json};

use super::problem::not_found;
use super::route::Call;
use super::state::{User, X};

impl X {
    pub(super) fn read_me(&self, call: &Call<'_>) -> (u16, Value) {
        self.read_user(call, &call.account)
    }

    pub(super) fn read_user(&self, call: &Call<'_>, id: &str) -> (u16, Value) {
        match self.users.get(id) {
            Some(user) => (200, json!({ "data": user.shown(call) })),
            None => (200, not_found("user", id)),
        }
    }

    pub(super) fn read_user_named(&self, call: &Call<'_>, name: &str) -> (u16, Value) {
        match self.user_named(name) {
            Some(user) => (200, json!({ "data": user.shown(call) })),
            None => (200, not_found("user", name)),
        }
    }

    /// A person as webhooks and expansions tell them.
    pub(super) fn user_value(&self, id: &str) -> Value {
        self.users.get(id).map_or(Value::Null, User::value)
    }
}

impl User {
    pub(super) fn value(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "username": self.username, "protected": self.protected,
            "verified": false, "verified_type": "none", "description": "",
            "profile_image_url": "https://pbs.twimg.com/profile_images/1/example_normal.jpg",
        })
    }

    /// What a reader gets: three fields, and those that were asked for.
    fn shown(&self, call: &Call<'_>) -> Value {
        let mut shown = self.value();
        let wanted = call.wanted("user.fields");
        if let Some(fields) = shown.as_object_mut() {
            fields.retain(|name, _| matches!(name.as_str(), "id" | "name" | "username") || wanted(name));
        }
        shown
    }
}
