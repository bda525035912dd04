/** The due time in the page template: start of the alert plus the severity's minutes, in the policy's time zone, with its offset. */
import { type Policy, SEVERITIES } from "@worker-watchdog/sdk/policy";

const NANOS_PER_MINUTE = 60_000_000_000;

/** Template text that puts the due time of the alert `.` into `$due`. */
export function dueTimeTemplate(policy: Policy): string {
  const branches = SEVERITIES.map((severity, index) => {
    const nanos = Math.round(policy.severities[severity].due_minutes * NANOS_PER_MINUTE);
    return `{{ ${index === 0 ? "if" : "else if"} eq .Labels.severity "${severity}" }}{{ $due = ${zoned(`(.StartsAt.Add ${nanos})`, policy.timezone)} }}`;
  });
  return `{{ $due := "none" }}${branches.join("")}{{ end }}`;
}

/**
 * A zone whose offset never changes is written as that offset: a host without time zone files then can not fail a page, which the
 * `tz` function would. Other zones need the files (or an Alertmanager built with `-tags timetzdata`).
 */
function zoned(time: string, zone: string): string {
  const offset = fixedOffsetMinutes(zone);
  if (offset === undefined) return `(tz ${JSON.stringify(zone)} ${time}).Format "2006-01-02T15:04:05-07:00"`;
  return `(${time}.UTC.Add ${offset * NANOS_PER_MINUTE}).Format "2006-01-02T15:04:05${offsetText(offset)}"`;
}

/** Minutes east of UTC, if the zone has had one offset over the years 2024 to 2026; fixed years, so that output does not depend on today. */
export function fixedOffsetMinutes(zone: string): number | undefined {
  const seen = new Set<number>();
  for (let month = 0; month < 36; month += 1) seen.add(offsetAt(zone, Date.UTC(2024, month, 15)));
  const [offset] = seen;
  return seen.size === 1 ? offset : undefined;
}

function offsetAt(zone: string, unixMillis: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(
    unixMillis,
  );
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const match = /^GMT([+-])(\d{2}):(\d{2})$/.exec(name);
  if (match === null) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function offsetText(offset: number): string {
  const digits = (value: number) => String(value).padStart(2, "0");
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
}
