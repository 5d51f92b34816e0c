//! Who calls, and whether the page lets them: tokens, `appsecret_proof`, permissions.

use deskbridge_connectors::http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::GraphError;
use super::outbox::hmac_hex;
use super::params::Params;
use super::route::Call;
use super::state::{Graph, Page};
use crate::Millis;

/// What is the matter with a page's token. Every state but `Valid` answers with code 190.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Nothing.
    #[default]
    Valid,
    /// 190/463: the session expired.
    Expired,
    /// 190/460: the owner changed the password.
    PasswordChanged,
    /// 190/458: the owner removed the app.
    AppRemoved,
    /// 190/467: the token was revoked.
    Revoked,
    /// 190/459: the owner must log in at the platform first.
    Checkpoint,
    /// 190 without subcode, about permissions to grant "before impersonating a user's page": the token itself lives,
    /// only this page is out of reach.
    NotForPage,
}

/// A permission or feature that the app has for a page and may lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Reading posts and comments; without it code 10.
    PagesReadEngagement,
    /// Seeing who wrote visitors' posts and comments; without it `from` is missing in reads and webhooks.
    PagesReadUserContent,
    /// Commenting, hiding, deleting; without it code 200.
    PagesManageEngagement,
    /// Posting as the page; without it code 200.
    PagesManagePosts,
    /// Subscriptions; without it code 200.
    PagesManageMetadata,
    /// Messenger; without it code 230.
    PagesMessaging,
    /// The tag `HUMAN_AGENT`; without it code 10.
    HumanAgent,
    /// Reading the profile of a PSID; without it 10/2018218.
    BusinessAssetUserProfileAccess,
}

/// Every permission, with its name in Meta's documents.
pub(super) const PERMISSIONS: [(Permission, &str); 8] = [
    (Permission::PagesReadEngagement, "pages_read_engagement"),
    (Permission::PagesReadUserContent, "pages_read_user_content"),
    (Permission::PagesManageEngagement, "pages_manage_engagement"),
    (Permission::PagesManagePosts, "pages_manage_posts"),
    (Permission::PagesManageMetadata, "pages_manage_metadata"),
    (Permission::PagesMessaging, "pages_messaging"),
    (Permission::HumanAgent, "human_agent"),
    (Permission::BusinessAssetUserProfileAccess, "business_asset_user_profile_access"),
];

/// Whose token a call carries.
pub(super) enum Caller {
    /// An app access token, `{app}|{secret}`.
    App(String),
    /// An access token and the pages, Instagram accounts or WhatsApp numbers it is for.
    Pages(Vec<String>),
}

impl TokenState {
    pub(super) fn error(self) -> Option<GraphError> {
        let (subcode, why) = match self {
            Self::Valid => return None,
            Self::Expired => (463, "Session has expired."),
            Self::PasswordChanged => {
                (460, "The session has been invalidated because the user changed their password.")
            }
            Self::AppRemoved => (458, "The user has not authorized the application."),
            Self::Revoked => (467, "The session is invalid because the user logged out."),
            Self::Checkpoint => (459, "The user must log in at www.facebook.com to correct an issue."),
            Self::NotForPage => {
                let message = "Any of the pages_read_engagement, pages_manage_metadata, pages_read_user_content, \
                               pages_manage_ads, pages_show_list, or pages_messaging permission(s) must be granted \
                               before impersonating a user's page.";
                return Some(GraphError::new(190, message));
            }
        };
        Some(GraphError::new(190, format!("Error validating access token: {why}")).sub(subcode))
    }
}

impl Permission {
    fn name(self) -> &'static str {
        PERMISSIONS.iter().find(|(permission, _)| *permission == self).map_or("", |(_, name)| name)
    }

    fn refusal(self) -> GraphError {
        let name = self.name();
        match self {
            Self::PagesReadEngagement | Self::PagesReadUserContent => GraphError::new(
                10,
                format!(
                    "(#10) This endpoint requires the '{name}' permission or the 'Page Public Content Access' \
                     feature."
                ),
            ),
            Self::PagesMessaging => {
                GraphError::new(230, format!("(#230) Requires {name} permission to manage the object"))
            }
            Self::HumanAgent => {
                GraphError::new(10, "(#10) Application does not have the Human Agent feature")
            }
            Self::BusinessAssetUserProfileAccess => {
                GraphError::new(10, "(#10) Insufficient permission to read the profile").sub(2_018_218)
            }
            _ => GraphError::new(200, format!("(#200) Requires {name} permission to manage the object")),
        }
    }
}

impl Page {
    pub(super) fn has(&self, permission: Permission) -> bool {
        !self.lost.contains(&permission)
    }

    pub(super) fn require(&self, permission: Permission) -> Result<(), GraphError> {
        if self.has(permission) { Ok(()) } else { Err(permission.refusal()) }
    }
}

impl Graph {
    /// Finds out who calls, and with which token.
    pub(super) fn authenticate(
        &self,
        request: &Request,
        params: &Params,
        now: Millis,
    ) -> Result<(Caller, String), GraphError> {
        let header = request.only_header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let token = params.text("access_token").or(header).ok_or_else(GraphError::no_token)?;
        if let Some(proof) = params.text("appsecret_proof")
            && proof != hmac_hex(&self.app_secret, token.as_bytes())
        {
            let error = GraphError::new(100, "Invalid appsecret_proof provided in the API argument");
            return Err(GraphError { kind: "GraphMethodException", ..error });
        }
        let caller = self.caller(&token).ok_or_else(GraphError::bad_token)?;
        let issued = self.accounts.values().find_map(|account| account.issued(&token));
        if issued.is_some_and(|issued| issued.ends_at <= now) {
            return Err(TokenState::Expired.error().unwrap_or_else(GraphError::bad_token));
        }
        Ok((caller, token))
    }

    fn caller(&self, token: &str) -> Option<Caller> {
        if let Some((app, secret)) = token.split_once('|') {
            let known = self.pages.values().any(|page| page.seed.app_id == app);
            return (known && secret == self.app_secret).then(|| Caller::App(app.to_owned()));
        }
        let pages = self.pages.iter().filter(|(_, page)| page.seed.token == token);
        let numbers = self.numbers.iter().filter(|(_, number)| number.seed.token == token);
        let accounts = self
            .accounts
            .iter()
            .filter(|(_, account)| account.seed.token == token || account.issued(token).is_some());
        let others = numbers.map(|(id, _)| id).chain(accounts.map(|(id, _)| id));
        let pages: Vec<String> = pages.map(|(id, _)| id).chain(others).cloned().collect();
        (!pages.is_empty()).then_some(Caller::Pages(pages))
    }

    /// Whether the call may act on the page: its token is for it and lives, the app has the permission.
    pub(super) fn admit(&self, call: &Call, page: &str, permission: Permission) -> Result<(), GraphError> {
        let ours = match &call.caller {
            Caller::App(_) => {
                let message = "(#210) A page access token is required to request this resource.";
                return Err(GraphError::new(210, message));
            }
            Caller::Pages(pages) => pages.iter().any(|id| id == page),
        };
        let page = self.pages.get(page).ok_or_else(|| call.gone(page))?;
        if !ours {
            return Err(permission.refusal());
        }
        match page.token.error() {
            Some(error) => Err(error),
            None => page.require(permission),
        }
    }

    /// `GET /debug_token`: what a token is good for.
    pub(super) fn debug_token(&self, call: &Call) -> Result<Value, GraphError> {
        let token = call.params.text("input_token");
        let token = token.ok_or_else(|| GraphError::parameter("The parameter input_token is required"))?;
        let page = match self.caller(&token) {
            Some(Caller::App(app)) => {
                return Ok(json!({"data": {"app_id": app, "type": "APP", "is_valid": true, "scopes": []}}));
            }
            Some(Caller::Pages(pages)) => pages.first().and_then(|id| self.pages.get(id)),
            None => None,
        };
        let Some(page) = page else {
            let error =
                json!({"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"});
            return Ok(json!({"data": {"error": error, "is_valid": false, "scopes": []}}));
        };
        let scopes: Vec<&str> = PERMISSIONS
            .iter()
            .filter(|(permission, _)| page.has(*permission))
            .map(|(_, name)| *name)
            .collect();
        let mut data = json!({
            "app_id": page.seed.app_id, "type": "PAGE", "application": "Deskbridge", "profile_id": page.seed.id,
            "expires_at": 0, "data_access_expires_at": 0, "is_valid": page.token == TokenState::Valid,
            "scopes": scopes,
        });
        if let Some(error) = page.token.error() {
            data["error"] = json!({"code": 190, "subcode": error.subcode, "message": error.message});
        }
        Ok(json!({ "data": data }))
    }
}
