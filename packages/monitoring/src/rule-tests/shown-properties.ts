/** What a scenario shows of an alert, read off its series and expectations: nobody has to say so, and nobody can say so wrongly. */
import { METRICS } from "@worker-watchdog/sdk/semconv";
import type { Expectation, Firing } from "./expectation.ts";
import { LOOKBACK_SECONDS, type Scenario } from "./scenario.ts";
import { type Sample, samplesOf } from "./series.ts";

/** What scenarios have to show of every alert. */
export const PROPERTIES = ["just-below", "dead-worker", "first-event", "recovery", "replica"] as const;

/** One of them. */
export type Property = (typeof PROPERTIES)[number];

/** The label that tells two replicas' series apart. */
const REPLICA = "collector";

interface Row {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/**
 * The properties of the alert `key` that `scenario` shows, with `stepSeconds` between samples and ticks:
 *
 * - `just-below`: silent one tick before it fires.
 * - `dead-worker`: fires when the last sample of anything about it is out of Prometheus' lookback.
 * - `first-event`: fires at the tick of the first sample ever of an incident.
 * - `recovery`: ends one tick after it fired, as something about it is told anew.
 * - `replica`: fires, once, where two replicas tell the same.
 */
export function shownProperties(
  { series, expectations }: Scenario,
  key: Expectation["alert"],
  stepSeconds: number,
): ReadonlySet<Property> {
  const rows = series.map(({ series: name, values }) => ({ ...parsed(name), samples: samplesOf(values, stepSeconds) }));
  const looks = expectations.filter(({ alert }) => alert === key).sort((left, right) => left.at - right.at);
  const at = (time: number) => looks.filter((look) => look.at === time);
  const shown = new Set<Property>();
  for (const look of looks) {
    for (const firing of look.firing) {
      const about = rows.filter((row) => isAbout(row, firing));
      const isSilent = (time: number) => at(time).some((other) => !other.firing.some((each) => isSame(each, firing)));
      if (isSilent(look.at - stepSeconds)) shown.add("just-below");
      if (about.length > 0 && about.every((row) => lastAt(row) < look.at - LOOKBACK_SECONDS)) shown.add("dead-worker");
      if (about.some((row) => isIncident(row, firing) && row.samples[0]?.at === look.at)) shown.add("first-event");
      if (isSilent(look.at + stepSeconds) && about.some((row) => tells(row, look.at + stepSeconds)))
        shown.add("recovery");
      if (about.some((row) => about.some((other) => isReplica(row, other)))) shown.add("replica");
    }
  }
  return shown;
}

function isSame(left: Firing, right: Firing): boolean {
  return left.severity === right.severity && sameLabels(left.labels, right.labels);
}

function sameLabels(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => left[name] === right[name]);
}

/** Whether nothing in the row's labels says that it is about something else. */
function isAbout({ labels }: Row, firing: Firing): boolean {
  return Object.entries(firing.labels).every(([name, value]) => labels[name] === undefined || labels[name] === value);
}

function isIncident({ metric, labels, samples }: Row, firing: Firing): boolean {
  // An event that the Collector saw has a metric of its own.
  if (metric === METRICS.completeUnprovenAt.prometheusName) return true;
  const { kind } = firing.labels;
  return labels["kind"] !== undefined && (kind === undefined || labels["kind"] === kind) && samples[0]?.value !== 0;
}

/** Whether the row says something at this time that it did not say before. */
function tells({ samples }: Row, at: number): boolean {
  const index = samples.findIndex((sample) => sample.at === at);
  return index !== -1 && samples[index]?.value !== samples[index - 1]?.value;
}

function isReplica(left: Row, right: Row): boolean {
  const same = { [REPLICA]: "" };
  return (
    left.metric === right.metric &&
    left.labels[REPLICA] !== right.labels[REPLICA] &&
    sameLabels({ ...left.labels, ...same }, { ...right.labels, ...same })
  );
}

function lastAt({ samples }: Row): number {
  return samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
}

function parsed(series: string): Pick<Row, "metric" | "labels"> {
  const [metric = "", rest = ""] = series.split("{", 2);
  return {
    metric,
    labels: Object.fromEntries(
      [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
    ),
  };
}
