/** The queries of the generated dashboards, as Grafana would send them for a view of the last six hours. */
import { DASHBOARDS_FOLDER } from "@worker-watchdog/monitoring";

/** One query of one panel. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
  /** Runs it once and says how many seconds it took; an error of Prometheus is thrown. */
  run(prometheusUrl: string): Promise<number>;
}

interface Panel {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr?: string; readonly instant?: boolean; readonly range?: boolean }[];
}

const VIEW_SECONDS = 6 * 3_600;
/** A panel is some hundred points wide. */
const STEP_SECONDS = 60;
const VARIABLES: Readonly<Record<string, string>> = {
  $__rate_interval: "5m",
  $__interval: `${STEP_SECONDS}s`,
  $__range: `${VIEW_SECONDS}s`,
  $job: ".+",
  $instance: ".+",
  $pool: ".+",
  $worker: "worker-7",
};

/** Every query of `files`, which `generateFiles` made. */
export function dashboardQueries(files: ReadonlyMap<string, string>): readonly DashboardQuery[] {
  return [...files]
    .filter(([path]) => path.startsWith(DASHBOARDS_FOLDER) && path.endsWith(".json"))
    .flatMap(([path, content]) => queriesOf(path, (JSON.parse(content) as Panel).panels ?? []));
}

function queriesOf(dashboard: string, panels: readonly Panel[]): readonly DashboardQuery[] {
  return panels.flatMap(({ title = "", panels: inner = [], targets = [] }) => [
    ...queriesOf(dashboard, inner),
    ...targets.flatMap(({ expr, instant = false }) =>
      expr === undefined ? [] : [{ dashboard, panel: title, expr, run: (url: string) => run(url, expr, instant) }],
    ),
  ]);
}

async function run(prometheusUrl: string, expr: string, isInstant: boolean): Promise<number> {
  const end = Math.floor(Date.now() / 1_000);
  const query = Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
  const range = { start: `${end - VIEW_SECONDS}`, end: `${end}`, step: `${STEP_SECONDS}` };
  const startedAt = performance.now();
  const response = await fetch(`${prometheusUrl}/api/v1/query${isInstant ? "" : "_range"}`, {
    method: "POST",
    body: new URLSearchParams({ query, ...(isInstant ? {} : range) }),
  });
  const { status, error } = (await response.json()) as { readonly status: string; readonly error?: string };
  if (status !== "success") throw new Error(`Prometheus refused ${query}: ${error}`);
  return (performance.now() - startedAt) / 1_000;
}
