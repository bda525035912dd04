/** What is said of a scenario once all of them are over: which pages came, when, and everything that is not as the table says. */
import type { EventName } from "@worker-watchdog/sdk/semconv";
import type { ReceivedPage } from "../fleet/fleet-record.ts";
import { firstLeaseEnd } from "./fault-instant.ts";
import { completedJobs, type ScenarioRun } from "./run-scenario.ts";
import type { ExpectedPage } from "./scenario.ts";

/** One expected page. */
export interface PageVerdict {
  readonly alert: string;
  readonly owner: string;
  readonly severity: string;
  readonly faultIs: string;
  /** Unix seconds; absent where it did not come. */
  readonly faultAt?: number | undefined;
  readonly receivedAt?: number | undefined;
  readonly secondsToPage?: number | undefined;
  /** How long before the lease's expiry the page came; for the page that warns of it. */
  readonly minutesBeforeExpiry?: number | undefined;
  /** From what ends the page to the message that it is over. */
  readonly secondsToResolve?: number | undefined;
}

/** The verdict on one scenario. */
export interface ScenarioVerdict {
  readonly scenario: string;
  readonly policy: string;
  readonly passed: boolean;
  /** Alerts that had to page, and those that did, in order of arrival. */
  readonly pagesExpected: readonly string[];
  readonly pagesSeen: readonly string[];
  readonly pages: readonly PageVerdict[];
  readonly completedJobs: number;
  readonly seconds: number;
  /** Everything that is not as it must be; empty where it passed. */
  readonly problems: readonly string[];
}

/** An audit event that reached the Collector. */
export interface RecordedEvent {
  readonly name: string;
  readonly pool: string;
}

/** Judges one scenario by all pages and events of the whole run. */
export function judgeScenario(
  run: ScenarioRun,
  allPages: readonly ReceivedPage[],
  allEvents: readonly RecordedEvent[],
): ScenarioVerdict {
  const { scenario, facts } = run;
  const ofPool = allPages.filter(({ page }) => page.pool === scenario.pool);
  const firing = ofPool.filter(({ page }) => page.status === "firing");
  const pages = scenario.pages.map((expected) => judgePage(expected, run, ofPool));
  const events = new Set(allEvents.filter(({ pool }) => pool === scenario.pool).map(({ name }) => name));
  const completed = completedJobs(facts);
  const problems = [
    ...(run.timedOutWaitingFor === undefined
      ? []
      : [`waited ${scenario.timeoutSeconds} s for ${run.timedOutWaitingFor}`]),
    ...pageCountProblems(run, firing),
    ...ofPool.flatMap(({ page, policy, problems: found }) => [
      ...found.map((problem) => `page ${page.alertKey}: ${problem}`),
      ...(policy === scenario.policy ? [] : [`page ${page.alertKey} came from the stack of ${policy}`]),
    ]),
    ...resolveProblems(run, ofPool),
    ...pages
      .filter(({ minutesBeforeExpiry }) => minutesBeforeExpiry !== undefined && minutesBeforeExpiry <= 0)
      .map(({ alert }) => `page ${alert} came after the lease's expiry`),
    ...(completed >= scenario.completedJobs ? [] : [`${completed} jobs completed, not ${scenario.completedJobs}`]),
    ...(scenario.completedJobs === 0 && completed > 0 ? [`${completed} jobs completed, none could be`] : []),
    ...missing(scenario.recorded, events).map((name) => `event ${name} was not recorded`),
    ...(scenario.neverRecorded ?? []).filter((name) => events.has(name)).map((name) => `event ${name} was recorded`),
  ];
  return {
    scenario: scenario.pool,
    policy: scenario.policy,
    passed: problems.length === 0,
    pagesExpected: scenario.pages.map(({ alert }) => alert),
    pagesSeen: firing.map(({ page }) => page.alertKey),
    pages,
    completedJobs: completed,
    seconds: run.endedAt - run.startedAt,
    problems,
  };
}

function judgePage(expected: ExpectedPage, { facts }: ScenarioRun, ofPool: readonly ReceivedPage[]): PageVerdict {
  const { alert, owner, severity, faultIs } = expected;
  const faultAt = expected.fault(facts);
  const of = (status: string): number | undefined =>
    ofPool.find(({ page }) => page.alertKey === alert && page.owner === owner && page.status === status)?.page
      .receivedAt;
  const receivedAt = of("firing");
  const resolvedAt = of("resolved");
  const overAt = expected.overAt?.(facts);
  const leaseEnd = alert === "lease_expiring_with_claimed_job" ? firstLeaseEnd(facts) : undefined;
  return {
    alert,
    owner,
    severity,
    faultIs,
    faultAt,
    receivedAt,
    secondsToPage: difference(receivedAt, faultAt),
    minutesBeforeExpiry: leaseEnd === undefined || receivedAt === undefined ? undefined : (leaseEnd - receivedAt) / 60,
    secondsToResolve: difference(resolvedAt, overAt),
  };
}

/** Each expected page once, to its owner, and no other. */
function pageCountProblems({ scenario }: ScenarioRun, firing: readonly ReceivedPage[]): readonly string[] {
  const problems: string[] = [];
  for (const { alert, owner, severity } of scenario.pages) {
    const came = firing.filter(({ page }) => page.alertKey === alert);
    if (came.length !== 1) problems.push(`page ${alert} came ${came.length} times, not once`);
    for (const { page } of came) {
      if (page.owner !== owner) problems.push(`page ${alert} is owned by ${page.owner}, not ${owner}`);
      if (page.severity !== severity) problems.push(`page ${alert} is ${page.severity}, not ${severity}`);
    }
  }
  const expected = scenario.pages.map(({ alert }): string => alert);
  const others = firing.filter(({ page }) => !expected.includes(page.alertKey));
  return [...problems, ...others.map(({ page }) => `page ${page.alertKey} came, and must not`)];
}

/** A page may only be called over once it is. */
function resolveProblems(
  { scenario, facts, endedAt }: ScenarioRun,
  ofPool: readonly ReceivedPage[],
): readonly string[] {
  return scenario.pages.flatMap(({ alert, overAt }) => {
    const endsAt = overAt?.(facts) ?? endedAt;
    const early = ofPool.filter(
      ({ page }) => page.alertKey === alert && page.status === "resolved" && page.receivedAt < endsAt,
    );
    return early.map(() => `page ${alert} was called over while its cause went on`);
  });
}

function missing(wanted: readonly EventName[], found: ReadonlySet<string>): readonly EventName[] {
  return wanted.filter((name) => !found.has(name));
}

function difference(later: number | undefined, earlier: number | undefined): number | undefined {
  return later === undefined || earlier === undefined ? undefined : later - earlier;
}
