/** The sources of the servers that can be built, and how. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildTargetName } from "./server-catalog.ts";

/** How one set of programs is built. */
export interface BuildTarget {
  readonly name: BuildTargetName;
  readonly title: string;
  readonly version: string;
  /** Packages to build, relative to the sources. */
  readonly packages: readonly string[];
  readonly tags: readonly string[];
  /** Linker flags beside the ones that leave symbols out. */
  readonly linkerFlags: readonly string[];
  /** Folder with the `go.mod` and `go.sum` that the download is verified by. */
  readonly moduleDirectory: string;
  /** Module whose own sources are built; absent when the folder itself holds the sources. */
  readonly module?: string | undefined;
  /** Files that the published module lacks, by path; written into the copy that is built. */
  readonly extraFiles?: Readonly<Record<string, string>> | undefined;
}

const repositoryDirectory = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const SERVERS_DIRECTORY = "packages/stack/servers";
const PROMETHEUS_VERSION_PACKAGE = "github.com/prometheus/common/version";

/**
 * The three builds.
 *
 * Prometheus and Alertmanager are built inside a copy of their own module, with the `go.sum` that they were released with.
 */
export const BUILD_TARGETS: Readonly<Record<BuildTargetName, BuildTarget>> = {
  collector: {
    name: "collector",
    title: "Collector",
    version: "0.155.0",
    packages: ["."],
    tags: [],
    linkerFlags: [],
    moduleDirectory: repositoryDirectory("collector/distribution"),
  },
  prometheus: {
    name: "prometheus",
    title: "Prometheus",
    version: "3.15.0",
    packages: ["./cmd/prometheus", "./cmd/promtool"],
    // Every discovery of a cloud's machines: none is used here, and they are most of the build.
    tags: ["remove_all_sd"],
    linkerFlags: [`-X ${PROMETHEUS_VERSION_PACKAGE}.Version=3.15.0`],
    moduleDirectory: repositoryDirectory(SERVERS_DIRECTORY),
    module: "github.com/prometheus/prometheus@v0.315.0",
  },
  alertmanager: {
    name: "alertmanager",
    title: "Alertmanager",
    version: "0.34.2",
    packages: ["./cmd/alertmanager", "./cmd/amtool"],
    tags: [],
    linkerFlags: [`-X ${PROMETHEUS_VERSION_PACKAGE}.Version=0.34.2`],
    moduleDirectory: repositoryDirectory(SERVERS_DIRECTORY),
    module: "github.com/prometheus/alertmanager@v0.34.2",
    // The module comes without its compiled web page, which it embeds. The API is whole without it.
    extraFiles: {
      "ui/app/dist/index.html":
        '<!doctype html><title>Alertmanager</title><p>This build has no web page; see <a href="api/v2/alerts">the API</a>.\n',
    },
  },
};

/** A short hash of everything that decides what a build gives, except the Go that builds it. */
export async function hashBuildTarget(target: BuildTarget): Promise<string> {
  const hash = createHash("sha256");
  const { moduleDirectory, ...recipe } = target;
  hash.update(JSON.stringify([recipe, process.platform, process.arch]));
  for (const file of (await readdir(moduleDirectory)).sort()) {
    if (!/\.(go|mod|sum)$/.test(file)) continue;
    hash.update(file);
    hash.update(await readFile(join(moduleDirectory, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
