/** Dashboards as their files have them, for tests. */

/** A panel, or a row's title. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly instant?: boolean;
    readonly exemplar?: boolean;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly links?: readonly { readonly url: string }[];
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
    readonly overrides?: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

/** A dashboard. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly label?: string;
      readonly type: string;
      readonly query?: unknown;
      readonly datasource?: { readonly uid: string };
      readonly multi?: boolean;
      readonly allValue?: string;
      readonly refresh?: number;
      readonly current?: unknown;
    }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
  readonly links: readonly { readonly type: string; readonly includeVars: boolean; readonly keepTime: boolean }[];
}

/** The dashboards among generated files, in their order. */
export function dashboardsOf(files: ReadonlyMap<string, string>): readonly DashboardJson[] {
  return [...files].filter(([path]) => path.endsWith(".json")).map(([, text]) => JSON.parse(text) as DashboardJson);
}
