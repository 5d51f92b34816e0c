//! What a seed switches on: which faults, how often, and how many processes there are. Each seed takes a random part of
//! the faults, so that rare ones are not always drowned by frequent ones.

use crate::draws::Draws;
use crate::queue::RECEIVES_MAX;
use crate::remotes::Side;
use crate::theme::Theme;

/// How long the bridge is patient unless it is told otherwise, in hours ...
const PATIENT: u32 = 24;
/// ... and in most runs: longer than a helpdesk remembers keys, and short enough that most of a run is not waiting.
const IMPATIENT: u32 = 3;

/// How often faults happen, each in a thousand.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// A request is lost before the remote side has it.
    pub lost_before: u32,
    /// A request is carried out, its answer lost.
    pub lost_after: u32,
    /// A request is carried out after its sender gave up.
    pub late: u32,
    /// A request is carried out at once and answered after the deadline.
    pub hang: u32,
    /// A request takes most of its deadline.
    pub slow: u32,
    /// Refused with 429.
    pub throttle: u32,
    /// Answered with 500, carried out or not.
    pub broken: u32,
    /// Answered with 503, not carried out.
    pub unavailable: u32,
    /// Carried out, and answered with a page of HTML.
    pub garbage: u32,
    /// The request certainly never leaves.
    pub not_sent: u32,
    /// The store fails without effect.
    pub store_fails: u32,
    /// The store does it without saying so.
    pub store_unsure: u32,
    /// The store gives an old version.
    pub store_stale: u32,
    /// The old version is not the last but one: it may be of any age.
    pub stale_for_long: u32,
    /// The queue refuses.
    pub queue_fails: u32,
    /// The queue takes it without saying so.
    pub queue_unsure: u32,
    /// The queue does not hear that a delivery is dealt with.
    pub finish_lost: u32,
    /// The process dies as one of its calls happens or ends.
    pub crash: u32,
    /// The process stops for a while.
    pub freeze: u32,
    /// For how many seconds at most.
    pub freeze_max_s: u32,
    /// A webhook comes once more.
    pub webhook_again: u32,
    /// A webhook takes its time.
    pub webhook_delay: u32,
    /// A webhook that tells what became of our own message takes up to two hours.
    pub report_delay: u32,
    /// Of the remote sides only platforms fail.
    pub only_platforms: bool,
    /// Of the remote sides only helpdesks fail; platforms ask to wait.
    pub only_helpdesks: bool,
    /// A webhook does not reach the door at all this time.
    pub webhook_lost: u32,
}

impl Weather {
    /// Draws the weather of a seed.
    pub(crate) fn draw(theme: Theme, draws: &mut Draws) -> Self {
        let mut weather = Self::default();
        for knob in weather.knobs() {
            *knob = draws.one_of(&[0, 0, 0, 5, 20, 60, 150]);
        }
        weather.slow = draws.one_of(&[0, 0, 0, 20, 150, 400]);
        weather.late = draws.one_of(&[0, 0, 0, 20, 150, 400]);
        weather.freeze_max_s = draws.one_of(&[2, 20, 50]);
        // A process that dies at every tenth call gets nowhere before the calm.
        weather.crash = weather.crash.min(30);
        weather.freeze = weather.freeze.min(30);
        match theme {
            Theme::Any | Theme::Deeds | Theme::Returns => {}
            Theme::FirstAttempts => {
                weather.crash = 30;
                weather.late = draws.one_of(&[0, 150, 400]);
                weather.store_fails = draws.one_of(&[0, 20, 150]);
                weather.store_unsure = draws.one_of(&[0, 20, 150]);
                weather.store_stale = draws.one_of(&[0, 150, 600]);
            }
            Theme::Standstill => {
                weather.freeze = draws.one_of(&[30, 100]);
                weather.freeze_max_s = draws.one_of(&[50, 50, 1_200]);
                weather.late = draws.one_of(&[0, 150, 400]);
            }
            Theme::OldReads => {
                weather.store_stale = draws.one_of(&[0, 150, 600]);
                weather.stale_for_long = draws.one_of(&[0, 300, 600]);
            }
            Theme::Answers => {
                weather.lost_before = draws.one_of(&[300, 500]);
                weather.lost_after = draws.one_of(&[150, 400]);
                weather.late = draws.one_of(&[150, 400]);
                weather.report_delay = 800;
                weather.only_platforms = true;
            }
            Theme::TakenBack => {
                // Whatever keeps a ticket from being opened at once would be recorded.
                let kind = [
                    &mut weather.lost_before,
                    &mut weather.lost_after,
                    &mut weather.store_unsure,
                    &mut weather.throttle,
                    &mut weather.broken,
                    &mut weather.unavailable,
                    &mut weather.not_sent,
                ];
                kind.into_iter().for_each(|knob| *knob = 0);
                weather.crash = 10;
                weather.store_fails = draws.one_of(&[300, 400]);
            }
            Theme::Missed => {
                weather.webhook_lost = draws.one_of(&[300, 500]);
                weather.lost_before = draws.one_of(&[60, 150]);
                weather.unavailable = draws.one_of(&[60, 150]);
                weather.store_fails = draws.one_of(&[0, 20, 60]);
            }
            Theme::Landing => {
                weather.late = draws.one_of(&[300, 500]);
                weather.throttle = draws.one_of(&[150, 400]);
                weather.only_helpdesks = true;
            }
            Theme::Photos => weather.lost_after = draws.one_of(&[150, 400]),
            Theme::Outage | Theme::Doubt => {
                weather.lost_after = draws.one_of(&[20, 150, 400]);
                weather.late = draws.one_of(&[0, 150, 400]);
            }
        }
        weather
    }

    fn knobs(&mut self) -> [&mut u32; 21] {
        [
            &mut self.lost_before,
            &mut self.lost_after,
            &mut self.late,
            &mut self.hang,
            &mut self.slow,
            &mut self.throttle,
            &mut self.broken,
            &mut self.unavailable,
            &mut self.garbage,
            &mut self.not_sent,
            &mut self.store_fails,
            &mut self.store_unsure,
            &mut self.store_stale,
            &mut self.queue_fails,
            &mut self.queue_unsure,
            &mut self.finish_lost,
            &mut self.crash,
            &mut self.freeze,
            &mut self.webhook_again,
            &mut self.webhook_delay,
            &mut self.webhook_lost,
        ]
    }
}

/// The processes of a run, and how much people do.
#[derive(Clone, Debug)]
pub struct Topology {
    /// How many relay workers.
    pub workers: u32,
    /// How many groups one batch may hold.
    pub groups_at_once: u32,
    /// How many deliveries of a group one batch may hold.
    pub batch: u32,
    /// Whether workers have a time limit, after which they are killed.
    pub limited: bool,
    /// By how much each process's clock may be wrong, in milliseconds, either way.
    pub skew_ms: u32,
    /// How much customers do.
    pub customer_acts: u32,
    /// How much agents do.
    pub agent_acts: u32,
    /// Whether they mostly close, merge and delete.
    pub deeds: bool,
    /// Whether they mostly answer.
    pub answers: bool,
    /// Whether they close tickets as soon as they see them.
    pub closes: bool,
    /// Whether they mostly solve them, and whoever writes then gets another ticket.
    pub returns: bool,
    /// Whether customers take most of their messages back.
    pub take_back: bool,
    /// In how many conversations.
    pub conversations: u32,
    /// Over how many minutes.
    pub minutes: u32,
    /// After how many receives the queue gives a message up.
    pub receives_max: u32,
    /// So many minutes the pages' tokens are dead.
    pub token_dead_for: Option<u32>,
    /// So many minutes nothing gets through to a remote side.
    pub(crate) outage: Option<(Side, u32)>,
    /// Whether that begins when a change was made and not answered. What customers write, they write before it.
    pub outage_in_doubt: bool,
    /// How many records come into the queue that no version can read.
    pub poison: u32,
    /// Whether everything that waits is suddenly in the format of the version before.
    pub deploys: bool,
    /// Whether the platform signs with a new secret from some moment on.
    pub rotates: bool,
    /// Whether the bridge has all accounts of the house, not only those with which customers talk: each of its sweeps is then ten
    /// times as long.
    pub all_accounts: bool,
    /// After how many hours the bridge gives up what it tries in vain. The most is not reached by an outage of a few hours.
    pub give_up_hours: u32,
    /// How often the bridge sweeps while people act, at most; never more often than every five minutes.
    pub sweeps: i64,
}

impl Topology {
    /// Whether first attempts go without a record, and the run is longer than the helpdesk remembers their keys.
    pub(crate) fn outlasts_keys(&self) -> bool {
        let minutes = self.outage.map_or(0, |(_, minutes)| minutes).max(self.minutes);
        self.limited && minutes >= 120
    }

    /// Two workers with a time limit; what people do is scripted.
    pub(crate) fn of_script() -> Self {
        Self {
            workers: 2,
            groups_at_once: 1,
            batch: 10,
            limited: true,
            skew_ms: 0,
            customer_acts: 0,
            agent_acts: 0,
            deeds: false,
            answers: false,
            closes: false,
            returns: false,
            take_back: false,
            conversations: 1,
            minutes: 6,
            receives_max: RECEIVES_MAX,
            outage: None,
            outage_in_doubt: false,
            token_dead_for: None,
            poison: 0,
            deploys: false,
            rotates: false,
            all_accounts: false,
            give_up_hours: IMPATIENT,
            sweeps: 6,
        }
    }

    /// A length of an outage, in minutes, that outlasts the patience of the bridge.
    fn outlasting_patience(&self) -> u32 {
        60 * self.give_up_hours + if self.give_up_hours == PATIENT { 160 } else { 60 }
    }

    /// Most runs are small: what goes wrong between two processes needs few messages, and small runs are many.
    pub(crate) fn draw(theme: Theme, draws: &mut Draws) -> Self {
        let mut topology = Self::of_any(draws);
        match theme {
            Theme::Any => {}
            Theme::Deeds => {
                topology.customer_acts = 3 + draws.below(5);
                topology.agent_acts = 3 + draws.below(5);
                topology.conversations = draws.one_of(&[1, 3]);
                topology.minutes = draws.one_of(&[5, 20]);
                topology.deeds = true;
            }
            Theme::FirstAttempts => {
                topology.limited = true;
                topology.customer_acts = 2 + draws.below(3);
                topology.minutes = draws.one_of(&[5, 240]);
                topology.receives_max = draws.one_of(&[RECEIVES_MAX, 2, 3]);
                topology.outage = draws.one_of(&[None, Some((Side::Zendesk, 150))]);
            }
            Theme::OldReads => {
                topology.limited = true;
                topology.customer_acts = 2 + draws.below(3);
                topology.minutes = draws.one_of(&[20, 240]);
            }
            Theme::Doubt => {
                let side = draws.one_of(&[Side::Zendesk, Side::Freshdesk]);
                let long = topology.outlasting_patience();
                topology.outage = Some((side, draws.one_of(&[150, long, long])));
                topology.outage_in_doubt = true;
            }
            Theme::Answers => {
                topology.customer_acts = 1 + draws.below(2);
                topology.agent_acts = 3 + draws.below(3);
                topology.conversations = 1;
                topology.minutes = draws.one_of(&[20, 40]);
                topology.answers = true;
            }
            Theme::TakenBack => {
                topology.limited = true;
                topology.customer_acts = 3 + draws.below(3);
                topology.agent_acts = draws.below(2);
                topology.conversations = 1;
                topology.minutes = 60;
                topology.receives_max = 2;
                topology.take_back = true;
            }
            Theme::Missed => {
                topology.customer_acts = 1 + draws.below(2);
                topology.agent_acts = 1 + draws.below(2);
                topology.minutes = 40;
                topology.answers = true;
                topology.sweeps = 6;
            }
            Theme::Landing => {
                topology.customer_acts = 1 + draws.below(2);
                topology.agent_acts = 1 + draws.below(3);
                topology.conversations = 1;
                topology.minutes = 20;
                topology.answers = true;
            }
            Theme::Photos => {
                topology.customer_acts = 4 + draws.below(4);
                topology.agent_acts = 3 + draws.below(3);
                topology.conversations = 1;
                topology.minutes = draws.one_of(&[5, 10]);
                topology.closes = true;
            }
            Theme::Returns => {
                topology.customer_acts = 4 + draws.below(4);
                topology.agent_acts = 2 + draws.below(3);
                topology.conversations = 1;
                topology.minutes = draws.one_of(&[20, 60]);
                topology.returns = true;
                topology.take_back = draws.below(2) == 1;
            }
            Theme::Standstill => topology.limited = draws.below(3) == 0,
            Theme::Outage => {
                let side = draws.one_of(&[Side::Zendesk, Side::Zendesk, Side::Freshdesk, Side::Graph]);
                topology.outage = Some((side, draws.one_of(&[150, 150, 150, 1_600])));
            }
        }
        topology
    }

    fn of_any(draws: &mut Draws) -> Self {
        let size = draws.one_of(&[0, 0, 0, 0, 0, 0, 1, 1, 2]);
        let (customers, agents, conversations) = [(2, 2, 1), (4, 4, 2), (8, 6, 4)][size];
        let rarely = |draws: &mut Draws, one_in: u32| draws.below(one_in) == one_in - 1;
        Self {
            workers: 2 + draws.below(2),
            groups_at_once: 1 + draws.below(3),
            batch: draws.one_of(&[10, 1, 3]),
            limited: draws.below(2) == 0,
            skew_ms: draws.one_of(&[0, 500, 5_000]),
            customer_acts: 1 + draws.below(customers),
            agent_acts: draws.below(1 + agents),
            deeds: false,
            answers: false,
            closes: false,
            returns: false,
            take_back: false,
            conversations: 1 + draws.below(conversations),
            minutes: [draws.one_of(&[3, 1]), draws.one_of(&[5, 20]), draws.one_of(&[5, 1, 30, 240])][size],
            receives_max: if rarely(draws, 8) { 2 + draws.below(4) } else { RECEIVES_MAX },
            outage: rarely(draws, 40).then(|| (draws.one_of(&Side::ALL), draws.one_of(&[30, 150, 1_600]))),
            outage_in_doubt: false,
            token_dead_for: rarely(draws, 12).then(|| draws.one_of(&[2, 20])),
            poison: if rarely(draws, 10) { 1 + draws.below(2) } else { 0 },
            deploys: rarely(draws, 6),
            rotates: rarely(draws, 6),
            all_accounts: draws.format() == 1 || rarely(draws, 16),
            give_up_hours: if draws.format() == 1 || rarely(draws, 16) { PATIENT } else { IMPATIENT },
            sweeps: if draws.format() == 1 || rarely(draws, 4) { 6 } else { 3 },
        }
    }
}
