/** The names' reference as Markdown, written from the table: docs/reference/names.md. */
import { ATTRIBUTES, type AttributeDefinition, INCIDENT_REASONS, PHASES } from "./attributes.ts";
import { METRICS, type MetricDefinition, prometheusLabel } from "./metrics.ts";
import { RECORDS, type RecordDefinition } from "./records.ts";
import { EVENTS, HEARTBEAT_SPAN, INSTRUMENTATION_SCOPE, phaseSpanName } from "./spans.ts";

/** The whole of docs/reference/names.md. */
export function namesReference(): string {
  return `<!-- Generated from packages/sdk/src/semconv by \`npm run generate\`. Do not edit. -->

# Names

Every metric, span, attribute and event of worker-watchdog. The instrumentation scope is \`${INSTRUMENTATION_SCOPE}\`.

## Metrics

A gauge is exported as rows that only grow; times are unix seconds. The Prometheus name is the same by push (OTLP) and by scrape.

${table(["metric", "Prometheus name", "kind", "unit", "Prometheus labels", "what a point says"], Object.values<MetricDefinition>(METRICS).map(metricRow))}
## Spans

\`${HEARTBEAT_SPAN}\` is one wake-up. Each phase is one span; a worker's own phases are \`worker.<name>\`.

${table(
  ["span", "of"],
  [
    [code(HEARTBEAT_SPAN), "one heartbeat"],
    ...PHASES.map((phase) => [code(phaseSpanName(phase)), `the ${phase} phase`]),
  ],
)}
## Attributes

${table(["attribute", "Prometheus label", "values", "what it holds"], Object.values<AttributeDefinition>(ATTRIBUTES).map(attributeRow))}
## Kinds of incident

The \`${ATTRIBUTES.incidentKind.key}\` and \`${ATTRIBUTES.incidentReason.key}\` of \`${METRICS.claimIncidents.name}\`: both sets are closed.

${table(
  ["kind", "reasons"],
  Object.entries(INCIDENT_REASONS).map(([kind, reasons]) => [code(kind), reasons.map(code).join(", ")]),
)}
## Events

Log records with these event names.

${table(
  ["event"],
  Object.values(EVENTS).map((name) => [code(name)]),
)}
## Records

What a journal keeps, each with an id, worker, time, and job and trace where it has them. Times are unix seconds.

${Object.entries<RecordDefinition>(RECORDS).map(recordSection).join("\n")}`;
}

function recordSection([kind, { description, fields }]: readonly [string, RecordDefinition]): string {
  const rows = Object.entries(fields).map(([name, field]) => [code(name), field.type, field.description]);
  return `### ${code(kind)}\n\n${description}\n\n${table(["field", "type", "what it holds"], rows)}`;
}

function metricRow(metric: MetricDefinition): readonly string[] {
  const labels = metric.attributes.map((key) => code(prometheusLabel(key))).join(", ");
  return [
    code(metric.name),
    code(metric.prometheusName),
    metric.instrument,
    code(metric.unit),
    labels,
    metric.description,
  ];
}

function attributeRow(attribute: AttributeDefinition): readonly string[] {
  const values = attribute.values?.map(code).join(", ") ?? "open";
  return [code(attribute.key), code(prometheusLabel(attribute.key)), values, attribute.description];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
}

function code(text: string): string {
  return `\`${text}\``;
}
