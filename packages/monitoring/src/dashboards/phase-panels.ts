/** Duration and trouble of phases, for each pool. */
import type { PanelSpec } from "./panel.ts";
import * as queries from "./queries.ts";

/** Both panels. */
export function phasePanels(): readonly PanelSpec[] {
  return [
    {
      kind: "timeseries",
      title: "Phase duration, 95th percentile",
      description:
        "How long each phase takes, over the pool; made from spans by the Collector. A dot leads to its trace.",
      unit: "s",
      width: 12,
      queries: [{ expr: queries.phaseDuration, legend: queries.PHASE_LEGEND, exemplar: true }],
    },
    {
      kind: "timeseries",
      title: "Phases that did not end ok",
      description: "Phase runs in a minute that were retried, failed for good or got stuck.",
      unit: "cpm",
      width: 12,
      queries: [{ expr: queries.phaseTrouble, legend: queries.PHASE_TROUBLE_LEGEND, exemplar: true }],
      stacked: true,
    },
  ];
}
