//! Who calls: OAuth tokens by client credentials, and the legacy API tokens in Basic authentication.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use deskbridge_connectors::http::{Request, Response, header};
use serde_json::{Value, json};

use super::Zendesk;
use super::call::{Actor, Id, Via, text};
use super::errors::{Answer, Problem};
use super::seed::Role;
use crate::Millis;

/// The resources that a scope can name.
const SCOPABLE: [&str; 16] = [
    "tickets",
    "users",
    "auditlogs",
    "organizations",
    "hc",
    "apps",
    "triggers",
    "automations",
    "targets",
    "webhooks",
    "macros",
    "requests",
    "satisfaction_ratings",
    "dynamic_content",
    "any_channel",
    "web_widget",
];

pub(super) struct Token {
    user: Id,
    scopes: Vec<String>,
    pub(super) expires: Option<Millis>,
}

/// What a credential allows beside its user's role.
pub(super) enum Scopes {
    All,
    Only(Vec<String>),
}

impl Scopes {
    /// `write` does not include `read`.
    pub(super) fn allow(&self, resource: &str, writes: bool) -> bool {
        let verb = if writes { "write" } else { "read" };
        match self {
            Self::All => true,
            Self::Only(scopes) => {
                scopes.iter().any(|scope| *scope == verb || *scope == format!("{resource}:{verb}"))
            }
        }
    }
}

impl Zendesk {
    /// `POST /oauth/tokens`: only the client-credentials grant.
    pub(super) fn issue_token(&mut self, request: &Request, now: Millis) -> Answer {
        let body = token_request(request).ok_or_else(Problem::unreadable)?;
        let refuse = |status: u16, error: &str, why: &str| {
            Problem::new(status, json!({"error": error, "error_description": why}))
        };
        let grant = text(&body, "grant_type").unwrap_or_default();
        if grant.is_empty() {
            return Err(refuse(
                400,
                "invalid_request",
                "The request is missing a required parameter: grant_type",
            ));
        }
        if grant != "client_credentials" {
            let why = "The authorization grant type is not supported by the authorization server.";
            return Err(refuse(400, "unsupported_grant_type", why));
        }
        let (id, secret) = (text(&body, "client_id"), text(&body, "client_secret"));
        let client = self.seed.oauth_clients.iter().find(|client| Some(&*client.id) == id);
        let client = client.filter(|client| Some(&*client.secret) == secret).cloned().ok_or_else(|| {
            refuse(
                401,
                "invalid_client",
                "Client authentication failed due to unknown client or wrong secret.",
            )
        })?;
        let lifetime = match body.get("expires_in").filter(|value| !value.is_null()) {
            Some(value) => {
                Some(super::call::id(value).filter(|s| *s > 300 && *s < 172_800).ok_or_else(|| {
                    refuse(400, "invalid_request", "expires_in must be between 300 and 172800 seconds")
                })?)
            }
            None => client.lifetime_s,
        };
        let user =
            self.user_by_email(&client.acts_as).map(|user| user.id).ok_or_else(Problem::invalid_token)?;
        let scope = text(&body, "scope").filter(|scope| !scope.is_empty()).unwrap_or("read write");
        let token = format!("{}-access-{}", client.id, self.next_id());
        let expires = lifetime.map(|seconds| now + seconds * 1_000);
        self.tokens.insert(token.clone(), Token { user, scopes: effective(scope), expires });
        let answer =
            json!({"access_token": token, "token_type": "bearer", "scope": scope, "expires_in": lifetime});
        Ok(Response::json(201, &answer))
    }

    /// The caller and what the credential allows; `None` without credentials.
    pub(super) fn authenticate(
        &self,
        request: &Request,
        now: Millis,
    ) -> Result<Option<(Actor, Scopes)>, Problem> {
        let Some(header) = request.headers.get(header::AUTHORIZATION) else { return Ok(None) };
        let header = header.to_str().map_err(|_| Problem::unauthenticated())?;
        let (scheme, credential) = header.split_once(' ').ok_or_else(Problem::unauthenticated)?;
        let (user, scopes) = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => {
                let token = self.tokens.get(credential.trim());
                let token = token.filter(|token| token.expires.is_none_or(|expires| now < expires));
                let token = token.ok_or_else(Problem::invalid_token)?;
                (token.user, Scopes::Only(token.scopes.clone()))
            }
            "basic" => (self.basic(credential.trim()).ok_or_else(Problem::unauthenticated)?, Scopes::All),
            _ => return Err(Problem::unauthenticated()),
        };
        if self.users.get(&user).is_none_or(|user| user.suspended) {
            return Err(Problem::unauthenticated());
        }
        Ok(Some((Actor { user, via: Via::api(), now }, scopes)))
    }

    fn basic(&self, credential: &str) -> Option<Id> {
        let decoded = String::from_utf8(BASE64.decode(credential).ok()?).ok()?;
        let (email, token) = decoded.split_once("/token:")?;
        let right = self.api_tokens.get(&email.to_lowercase())? == token;
        right.then(|| self.user_by_email(email).map(|user| user.id))?
    }

    pub(super) fn require_staff(&self, actor: &Actor) -> Result<(), Problem> {
        if self.is_staff(actor.user) { Ok(()) } else { Err(Problem::role()) }
    }

    pub(super) fn require_admin(&self, actor: &Actor) -> Result<(), Problem> {
        let admin = self.users.get(&actor.user).is_some_and(|user| user.role == Role::Admin);
        if admin { Ok(()) } else { Err(Problem::role()) }
    }
}

fn token_request(request: &Request) -> Option<Value> {
    let kind = request.only_header("content-type").unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields =
            form_urlencoded::parse(&request.body).map(|(key, value)| (key.into_owned(), json!(value)));
        return Some(Value::Object(fields.collect()));
    }
    serde_json::from_slice(&request.body).ok()
}

/// The trap of the real API: a scope text with one wrong word still gives a token, but one that may do nothing.
fn effective(scope: &str) -> Vec<String> {
    let known = |word: &str| match word.split_once(':') {
        Some((resource, verb)) => SCOPABLE.contains(&resource) && matches!(verb, "read" | "write"),
        None => matches!(word, "read" | "write" | "impersonate"),
    };
    let words: Vec<_> = scope.split_whitespace().map(str::to_owned).collect();
    if words.iter().all(|word| known(word)) { words } else { Vec::new() }
}
