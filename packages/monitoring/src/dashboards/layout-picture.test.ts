import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { defaultPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { dashboardFiles } from "./dashboard-files.ts";
import { layoutPicture } from "./layout-picture.ts";

const dashboards = [...dashboardFiles(defaultPolicy, { source: "watchdog.yaml" })]
  .filter(([path]) => path.endsWith(".json"))
  .map(([, text]) => JSON.parse(text) as Dashboard);

// The pictures in docs/images are these. After a change of a dashboard: vitest run -u on this file.
test.each(dashboards)("the picture of $uid in the documents is up to date", async (dashboard) => {
  await expect(layoutPicture(dashboard)).toMatchFileSnapshot(`../../../../docs/images/${dashboard.uid}.svg`);
});

test("every panel is in the picture", () => {
  for (const dashboard of dashboards) {
    const picture = layoutPicture(dashboard);
    for (const { title = "" } of dashboard.panels ?? []) expect(picture).toContain(`>${title}<`);
  }
});
