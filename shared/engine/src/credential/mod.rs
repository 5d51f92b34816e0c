//! Renews credentials that end, and keeps them: for the relay's sessions, and in the sweep before anybody needs it.
//!
//! Several processes may do this at once, and a refresh token may be good for one use only. So renewing is an effect like others:
//! its intent is saved first, by a conditional write that only one process can win, and what comes of it is saved before it is
//! used. Who loses waits a moment and finds what the winner stored.

mod record;
mod vault;

use std::time::Duration;

use deskbridge_connectors::{Credential, Renewal, Session, Trouble};
use deskbridge_core::effect::{Reason, Refusal};
use deskbridge_core::{ConversationKey, Moment};
use secrecy::SecretString;

use self::record::{Record, Unreadable};
use self::vault::Vault;
use crate::bridge::Bridge;
use crate::ports::{Clock, Fault, SaveError, Store, Version, World};
use crate::relay::{CLAIM_LIFE, Caller, REQUEST_DEADLINE};
use crate::telemetry::Line;

/// While somebody renews, nobody else begins. Longer than the requests can take.
const LEASE: Duration = CLAIM_LIFE.saturating_add(REQUEST_DEADLINE).saturating_add(REQUEST_DEADLINE);
/// How soon to look again whether somebody else is done.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long to wait when the store fails.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// What a newer version wrote waits for that version.
const NEWER_PAUSE: Duration = Duration::from_secs(60);
/// A renewal that was refused although the credential works is tried again after this while.
const REFUSED_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// How often it is tried to store what was renewed, before it is left to the next use.
const SAVES_MAX: usize = 4;
/// Whoever has nothing but a token is told so long before it ends.
const ENDS_SOON: Duration = Duration::from_secs(7 * 24 * 3600);

/// The session of an account whose credential began with `seed`, and whether it is certain that there is no better one.
/// `refused`: the token that the remote side refused just now.
///
/// # Errors
/// Why there is none now.
pub(crate) async fn session<W: World>(
    caller: &Caller<'_, W>,
    seed: Credential,
    refused: Option<&SecretString>,
    calls: &mut u32,
) -> Result<(Session, bool), Trouble> {
    let keeper = Keeper::new(caller, seed)?;
    let kept = keeper.load().await?;
    let dead = refused.is_some_and(|token| kept.credential.has_token(token));
    let needed = keeper.renewal(&kept) == Renewal::Needed || (dead && kept.credential.refresh.is_some());
    let credential = if needed { keeper.renew(kept, calls).await? } else { kept.credential };
    Ok((credential.session(keeper.now()), needed || dead))
}

/// Renews the credential of an account if it is time; tells when it ends, if that is soon and nothing else can be done.
pub(crate) async fn look_after<W: World>(caller: &Caller<'_, W>) -> Option<Moment> {
    let (bridge, name) = (caller.bridge, &caller.account.name);
    let keeper = Keeper::new(caller, caller.account.connector.seed()?).ok()?;
    let kept = keeper.load().await.ok()?;
    let now = keeper.now();
    let is_due = keeper.renewal(&kept) == Renewal::Due && bridge.renews && !kept.is_behind;
    let refused_at = kept.record.refused_at;
    let mut credential = kept.credential.clone();
    let mut is_stuck = credential.refresh.is_none() || refused_at.is_some();
    if is_due && refused_at.is_none_or(|at| now.since(at) >= REFUSED_PAUSE) {
        match keeper.renew(kept, &mut 0).await {
            Ok(renewed) => {
                bridge.memo.keep_session(name, &renewed.session(now), now);
                is_stuck = renewed.refresh.is_none();
                credential = renewed;
            }
            Err(Trouble::Refused(refusal)) => {
                is_stuck = true;
                let why = format!("{name}: {}", refusal.code);
                bridge.world.record(&Line::Fault { what: "renewing a credential", why });
            }
            Err(Trouble::RetryAfter(_)) => {}
        }
    }
    credential.ends_at.filter(|ends_at| is_stuck && ends_at.since(now) < ENDS_SOON)
}

/// What is stored of an account's credential, as one process sees it.
struct Kept {
    record: Record,
    version: Version,
    credential: Credential,
    /// Whether another process has a newer seed. Nothing is written then.
    is_behind: bool,
}

/// Keeps the credential of one account.
struct Keeper<'a, W> {
    caller: &'a Caller<'a, W>,
    seed: Credential,
    vault: Vault,
    key: ConversationKey,
}

impl<'a, W: World> Keeper<'a, W> {
    fn new(caller: &'a Caller<'a, W>, seed: Credential) -> Result<Self, Trouble> {
        let name = &caller.account.name;
        let vault = seed.secret().and_then(|secret| Vault::new(name, secret));
        let vault = vault.ok_or_else(|| refused(Reason::Token, "there is no credential to begin with"))?;
        Ok(Self { caller, seed, vault, key: ConversationKey::mark(name, "credential") })
    }

    fn bridge(&self) -> &'a Bridge<W> {
        self.caller.bridge
    }

    fn now(&self) -> Moment {
        self.bridge().world.clock().now()
    }

    fn renewal(&self, kept: &Kept) -> Renewal {
        self.caller.account.connector.renewal(&kept.credential, self.now())
    }

    /// What is stored, or the seed. What this process could not store earlier is stored first.
    async fn load(&self) -> Result<Kept, Trouble> {
        if let Some((from, renewed)) = self.bridge().memo.unstored(&self.caller.account.name) {
            self.keep(&from, &renewed, None).await?;
        }
        self.load_stored().await
    }

    async fn load_stored(&self) -> Result<Kept, Trouble> {
        let item = self.bridge().world.store().load_latest(&self.key).await;
        let Some(item) = item.map_err(|fault| self.failed(fault))? else {
            return Ok(self.begin_with(Record::of(self.vault.seed), 0));
        };
        let record = match Record::decode(&item.bytes) {
            Ok(record) => record,
            Err(Unreadable::Newer) => return Err(Trouble::RetryAfter(NEWER_PAUSE)),
            Err(Unreadable::Damaged) => {
                self.damaged();
                return Ok(self.begin_with(Record::of(self.vault.seed), item.version));
            }
        };
        if record.had(&self.vault.seed) {
            return Ok(Kept { is_behind: true, ..self.begin_with(record, item.version) });
        }
        if record.seed != self.vault.seed {
            return Ok(self.begin_with(record.taken_over_by(self.vault.seed), item.version));
        }
        let credential = match record.sealed.as_deref().map(|sealed| record::open(&self.vault, sealed)) {
            Some(Some(credential)) => credential,
            Some(None) => {
                self.damaged();
                self.seed.clone()
            }
            None => self.seed.clone(),
        };
        Ok(Kept { record, version: item.version, credential, is_behind: false })
    }

    fn begin_with(&self, record: Record, version: Version) -> Kept {
        Kept { record, version, credential: self.seed.clone(), is_behind: false }
    }

    /// Renews it: intent, request, and what came of it, each stored before the next.
    async fn renew(&self, kept: Kept, calls: &mut u32) -> Result<Credential, Trouble> {
        let now = self.now();
        self.may_begin(&kept, now)?;
        let begun = Record { begun_at: Some(now), ..kept.record.clone() };
        let version = match self.save(&begun, kept.version).await {
            Ok(version) => version,
            Err(SaveError::Conflict) => return Err(Trouble::RetryAfter(LOOK_AGAIN)),
            Err(SaveError::Fault(fault)) => return Err(self.failed(fault)),
        };
        let (connector, until) = (&self.caller.account.connector, now.plus(CLAIM_LIFE));
        let next = |exchanges: &[_]| connector.renew(&kept.credential, now, exchanges);
        match self.caller.write_until(next, calls, until).await {
            Some(Ok(renewed)) => {
                self.keep(&kept.credential, &renewed, Some((begun, version))).await?;
                Ok(renewed)
            }
            // Nobody can tell whether it was renewed. The next attempt waits until a late request has certainly ended.
            Some(Err(Trouble::RetryAfter(wait))) => Err(Trouble::RetryAfter(wait)),
            Some(Err(Trouble::Refused(refusal))) => Err(self.was_refused(kept, refusal, version).await),
            None => Err(refused(Reason::Invalid, "renewing never ends")),
        }
    }

    fn may_begin(&self, kept: &Kept, now: Moment) -> Result<(), Trouble> {
        if !self.bridge().renews {
            return Err(refused(
                Reason::Invalid,
                "it has to be renewed, which only the running bridge may do",
            ));
        }
        if kept.is_behind {
            return Err(refused(Reason::Token, "a newer one is configured elsewhere"));
        }
        match kept.record.begun_at.map(|begun_at| begun_at.plus(LEASE).since(now)) {
            Some(rest) if !rest.is_zero() => Err(Trouble::RetryAfter(rest.min(LOOK_AGAIN))),
            _ => Ok(()),
        }
    }

    /// Stores what was renewed from `from`; `over` is the record that said so. Whoever holds what was renewed holds the only one
    /// that works, so a save in between that knows nothing newer does not keep it from being stored.
    async fn keep(
        &self,
        from: &Credential,
        renewed: &Credential,
        over: Option<(Record, Version)>,
    ) -> Result<(), Trouble> {
        let name = &self.caller.account.name;
        let Some(sealed) = record::seal(&self.vault, renewed) else {
            return Err(refused(Reason::Invalid, "it cannot be sealed"));
        };
        self.bridge().memo.keep_unstored(name, Some((from.clone(), renewed.clone())));
        let mut over = over;
        for _ in 0..SAVES_MAX {
            let (record, version) = match over.take() {
                Some(over) => over,
                None => {
                    let kept = self.load_stored().await?;
                    if kept.is_behind || !kept.credential.is_same(from) {
                        self.bridge().memo.keep_unstored(name, None);
                        let stored = kept.credential.is_same(renewed);
                        return if stored { Ok(()) } else { Err(Trouble::RetryAfter(LOOK_AGAIN)) };
                    }
                    (kept.record, kept.version)
                }
            };
            let record = Record { sealed: Some(sealed.clone()), begun_at: None, refused_at: None, ..record };
            match self.save(&record, version).await {
                Ok(_) => {
                    self.bridge().memo.keep_unstored(name, None);
                    return Ok(());
                }
                Err(SaveError::Conflict) => {}
                Err(SaveError::Fault(fault)) => drop(self.failed(fault)),
            }
        }
        Err(Trouble::RetryAfter(STORE_PAUSE))
    }

    /// Records that renewing was refused, so that the next one need not wait. An earlier attempt that was never answered is not
    /// forgotten: it is why.
    async fn was_refused(&self, kept: Kept, refusal: Refusal, version: Version) -> Trouble {
        let works = self.renewal(&kept) != Renewal::Needed;
        let refused_at = works.then(|| self.now());
        let record = Record { refused_at, ..kept.record };
        match self.save(&record, version).await {
            Ok(_) => {}
            // Somebody else was faster, so it is no wonder.
            Err(SaveError::Conflict) => return Trouble::RetryAfter(LOOK_AGAIN),
            Err(SaveError::Fault(fault)) => drop(self.failed(fault)),
        }
        let code = match record.begun_at {
            Some(at) => {
                format!("{}; what was asked for at {at} was never answered, and may be why", refusal.code)
            }
            None => refusal.code,
        };
        Trouble::Refused(Refusal::new(refusal.reason, code))
    }

    async fn save(&self, record: &Record, over: Version) -> Result<Version, SaveError> {
        self.bridge().world.store().save(&self.key, record.encode(), over, Moment(i64::MAX)).await
    }

    fn failed(&self, fault: Fault) -> Trouble {
        self.bridge().world.record(&Line::Fault { what: fault.what, why: fault.why });
        Trouble::RetryAfter(STORE_PAUSE)
    }

    fn damaged(&self) {
        let why = format!("{}: damaged; the one in the configuration is used", self.caller.account.name);
        self.bridge().world.record(&Line::Fault { what: "reading a stored credential", why });
    }
}

fn refused(reason: Reason, code: &str) -> Trouble {
    Trouble::Refused(Refusal::new(reason, code))
}
