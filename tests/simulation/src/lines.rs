//! What the bridge tells of itself: traced, counted, and read for marks.

use deskbridge_engine::telemetry::Line;

use crate::marks;
use crate::world::{START, State};

impl State {
    /// A line of telemetry.
    pub(crate) fn line(&mut self, line: &Line) {
        marks::of_line(line).into_iter().for_each(|mark| self.mark(mark));
        let name = match line {
            Line::Effect(effect) => {
                let (task, now) = (self.polled, self.now - START);
                self.trace.note(
                    now,
                    format_args!(
                        "t{task} effect {} {} attempt {} {} -> {} {}",
                        effect.kind, effect.effect, effect.attempt, effect.way, effect.outcome, effect.detail
                    ),
                );
                match effect.outcome {
                    "cannot_tell" => self.oracle.cannot_tell(&effect.effect.to_string(), self.now),
                    "found" | "not_found" => self.oracle.found_out(&effect.effect.to_string()),
                    // Begun anew: as a dead letter it was forgotten, and came back.
                    _ if (effect.way, effect.attempt) == ("send", 1) => {
                        self.oracle.found_out(&effect.effect.to_string());
                    }
                    _ => {}
                }
                format!("{} {} {}", effect.kind, effect.way, effect.outcome)
            }
            Line::Delivery(delivered) => {
                let (task, now) = (self.polled, self.now - START);
                self.trace.note(
                    now,
                    format_args!(
                        "t{task} delivery {} {:?} {:?} done {} again {} {:?}",
                        delivered.group,
                        delivered.events,
                        delivered.verdicts,
                        delivered.done,
                        delivered.again,
                        delivered.why
                    ),
                );
                let mut told = delivered.events.iter().zip(&delivered.verdicts);
                if delivered.again == 0
                    && told.any(|(event, verdict)| (*event, *verdict) == ("renamed", "noted"))
                {
                    self.oracle.names.was_told(&delivered.group);
                }
                return;
            }
            other => other.name().to_owned(),
        };
        *self.figures.lines.entry(name).or_default() += 1;
    }
}
