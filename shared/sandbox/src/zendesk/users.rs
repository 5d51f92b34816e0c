//! People: customers and agents, found and made by external id.

use std::collections::BTreeSet;

use deskbridge_connectors::http::Response;
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Call, Id, id_of, stamp, text};
use super::errors::{Answer, Details, Problem};
use super::seed::Role;
use super::ticket::tags;
use crate::Millis;
use crate::shown::{NULL, Shown, shown};

pub(super) struct User {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) role: Role,
    pub(super) suspended: bool,
    pub(super) tags: BTreeSet<String>,
    pub(super) fields: Value,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

impl Zendesk {
    pub(super) fn add_user(&mut self, name: &str, email: Option<&str>, role: Role, now: Millis) -> Id {
        let id = self.next_id();
        let user = User {
            id,
            name: name.to_owned(),
            email: email.map(str::to_owned),
            external_id: None,
            role,
            suspended: false,
            tags: BTreeSet::new(),
            fields: json!({}),
            created: now,
            updated: now,
        };
        self.users.insert(id, user);
        id
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        let same = |user: &&User| user.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(email));
        self.users.values().find(same)
    }

    /// External ids compare without regard to case.
    pub(super) fn user_by_external_id(&self, external_id: &str) -> Option<&User> {
        let wanted = external_id.to_lowercase();
        let user = self.external_ids.get(&wanted).and_then(|id| self.users.get(id))?;
        user.external_id.as_ref().is_some_and(|own| own.to_lowercase() == wanted).then_some(user)
    }

    pub(super) fn users_route(&mut self, call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
        match (method, path) {
            ("GET", ["me"]) => self.show_user(call.actor.user),
            ("GET", ["search"]) => self.search_users(call),
            ("GET", ["show_many"]) => self.show_many(call),
            ("GET", [user]) => self.show_user(user.parse().map_err(|_| Problem::no_endpoint())?),
            ("POST", []) => self.write_user(call, false),
            ("POST", ["create_or_update"]) => self.write_user(call, true),
            _ => Err(Problem::no_endpoint()),
        }
    }

    fn show_user(&self, id: Id) -> Answer {
        let user = self.users.get(&id).ok_or_else(Problem::not_found)?;
        Ok(shown!({"user": self.user_view(user)}).answer(200))
    }

    fn search_users(&self, call: &Call<'_>) -> Answer {
        let found = match (call.query("external_id"), call.query("query")) {
            (Some(external_id), _) => self.user_by_external_id(&external_id),
            (None, Some(query)) => self.user_by_email(query.trim_start_matches("email:")),
            (None, None) => return Err(Problem::missing("query")),
        };
        let users: Vec<_> = found.map(|user| self.user_view(user)).into_iter().collect();
        Ok(user_list(&users).answer(200))
    }

    fn show_many(&self, call: &Call<'_>) -> Answer {
        let list =
            |name: &str| call.query(name).map(|ids| ids.split(',').map(str::to_owned).collect::<Vec<_>>());
        let (users, asked): (Vec<&User>, usize) = match (list("ids"), list("external_ids")) {
            (Some(ids), _) => {
                let users = ids.iter().filter_map(|id| self.users.get(&id.trim().parse().ok()?));
                (users.collect(), ids.len())
            }
            (None, Some(ids)) => {
                (ids.iter().filter_map(|id| self.user_by_external_id(id.trim())).collect(), ids.len())
            }
            (None, None) => return Err(Problem::missing("ids")),
        };
        if asked > 100 {
            return Err(Problem::bad_request("TooManyValues", "at most 100 ids can be asked for at once"));
        }
        let users: Vec<_> = users.into_iter().map(|user| self.user_view(user)).collect();
        Ok(user_list(&users).answer(200))
    }

    /// Creates a user, or with `merge` updates the one who has the external id or the e-mail address already.
    fn write_user(&mut self, call: &Call<'_>, merge: bool) -> Answer {
        self.require_admin(&call.actor)?;
        let input = call.object("user")?;
        let (email, external_id) = (text(input, "email"), text(input, "external_id"));
        let by_external_id = external_id.and_then(|id| self.user_by_external_id(id)).map(|user| user.id);
        let by_email = email.and_then(|email| self.user_by_email(email)).map(|user| user.id);
        let target = if merge { by_external_id.or(by_email) } else { None };

        let mut details = Details::default();
        let taken = |owner: Option<Id>| owner.is_some() && owner != target;
        if taken(by_email) {
            let why = format!("Email: {} is already being used by another user", email.unwrap_or_default());
            details.add("email", &why, "DuplicateValue");
        }
        if taken(by_external_id) {
            details.add("external_id", "External ID: has already been taken", "DuplicateValue");
        }
        let name = text(input, "name").map(str::trim);
        if name == Some("") || (name.is_none() && target.is_none()) {
            details.add("name", "Name: is too short (minimum is 1 characters)", "BlankValue");
        }
        let role = text(input, "role");
        if role.is_some_and(|role| read_role(role).is_none()) {
            details.add("role", "Role: is invalid", "InvalidValue");
        }
        details.check()?;

        let id = target.unwrap_or_else(|| self.add_user("", None, Role::EndUser, call.now()));
        self.update_user(id, input, call.now());
        let view = self.users.get(&id).map(|user| self.user_view(user));
        let response = shown!({"user": view}).answer(if target.is_some() { 200 } else { 201 });
        Ok(if target.is_some() {
            response
        } else {
            response.header("location", &self.url(&format!("users/{id}.json")))
        })
    }

    fn update_user(&mut self, id: Id, input: &Value, now: Millis) {
        let Some(user) = self.users.get_mut(&id) else { return };
        let own = |name: &str| text(input, name).map(str::to_owned);
        user.name = own("name").unwrap_or_else(|| user.name.clone());
        user.email = own("email").or_else(|| user.email.take());
        // The stored value takes the case of the newest one.
        user.external_id = own("external_id").or_else(|| user.external_id.take());
        if let Some(external_id) = &user.external_id {
            self.external_ids.insert(external_id.to_lowercase(), id);
        }
        user.role = text(input, "role").and_then(read_role).unwrap_or(user.role);
        if let Some(list) = input.get("tags") {
            user.tags = tags(list);
        }
        for (name, value) in input.get("user_fields").and_then(Value::as_object).into_iter().flatten() {
            user.fields[name] = value.clone();
        }
        user.updated = now;
    }

    /// The user whom a `requester` object means: by e-mail, else a new one each time.
    pub(super) fn requester(&mut self, requester: &Value, now: Millis) -> Result<Id, Problem> {
        let email = text(requester, "email").filter(|email| !email.is_empty());
        if let Some(user) = email.and_then(|email| self.user_by_email(email)) {
            return Ok(user.id);
        }
        match text(requester, "name").map(str::trim).or(email) {
            Some(name) if !name.is_empty() => Ok(self.add_user(name, email, Role::EndUser, now)),
            _ => Err(Problem::invalid(
                "requester",
                "Requester: Name: is too short (minimum is 1 characters)",
                "BlankValue",
            )),
        }
    }

    /// Those of these users whom the account knows.
    pub(super) fn user_views(&self, ids: &BTreeSet<Id>) -> Vec<Shown> {
        ids.iter().filter_map(|id| self.users.get(id)).map(|user| self.user_view(user)).collect()
    }

    pub(super) fn user_view(&self, user: &User) -> Shown {
        shown!({
            "id": user.id,
            "url": self.url(&format!("users/{}.json", user.id)),
            "name": user.name,
            "email": user.email,
            "external_id": user.external_id,
            "role": user.role.name(),
            "active": true,
            "suspended": user.suspended,
            "verified": user.email.is_none() || user.role != Role::EndUser,
            "shared": false,
            "tags": user.tags,
            "user_fields": user.fields,
            "time_zone": "UTC",
            "locale": "en-US",
            "locale_id": 1,
            "phone": NULL,
            "photo": NULL,
            "organization_id": NULL,
            "restricted_agent": false,
            "created_at": stamp(user.created),
            "updated_at": stamp(user.updated),
        })
    }

    /// The user under an id field, if there is one and the account knows them.
    pub(super) fn known_user(&self, input: &Value, name: &str) -> Option<&User> {
        id_of(input, name).and_then(|id| self.users.get(&id))
    }
}

fn read_role(name: &str) -> Option<Role> {
    [Role::EndUser, Role::Agent, Role::Admin].into_iter().find(|role| role.name() == name)
}

fn user_list(users: &[Shown]) -> Shown {
    shown!({"users": users, "next_page": NULL, "previous_page": NULL, "count": users.len()})
}

/// What `users/me` tells a caller who did not authenticate: 200, with a user who has no id.
pub(super) fn anonymous() -> Response {
    let user = json!({"id": null, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user",
        "active": false, "verified": false, "shared": true, "suspended": false, "tags": [], "user_fields": {}});
    Response::json(200, &json!({"user": user}))
}
