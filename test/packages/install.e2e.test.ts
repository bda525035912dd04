/** The packages as somebody else gets them: tarballs, an empty project, plain npm, and the code of the README. */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findFreePorts } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { npmCommand } from "../../tools/packages.ts";
import { poll } from "../end-to-end/poll.ts";
import { blockBelow, fencedBlocks, shellCommands } from "./fenced-code.ts";
import { type OutsideJobService, startOutsideJobService } from "./job-service.ts";
import { createOutsideProject, type OutsideProject, type ProgramEnd, runProgram } from "./outside-project.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const OWN_WORKER = "## Your own worker in twenty lines";
const OWN_SERVERS = "## Your own Collector, Prometheus and Alertmanager";
/** What a reader has to write: where the artifact goes is theirs. */
const PUBLISH = `
const files = process.env["FILES"];
export async function publish(jobId: string): Promise<{ url: string; filesUrl: string }> {
  const at = \`\${files}/\${jobId}\`;
  await fetch(\`\${at}/report.html\`, { method: "PUT", body: "<h1>Report</h1>" });
  await fetch(\`\${at}/files.json\`, { method: "PUT", body: '["report.html"]' });
  return { url: \`\${at}/report.html\`, filesUrl: \`\${at}/files.json\` };
}
`;
/** Nobody listens there: the worker does not need a Collector. */
const NO_COLLECTOR = "http://127.0.0.1:9";

let readme: string;
let project: OutsideProject;
let jobs: OutsideJobService;

beforeAll(async () => {
  readme = await readFile(join(root, "README.md"), "utf8");
  jobs = await startOutsideJobService(900);
  project = await createOutsideProject();
  const catalog: Readonly<Record<string, string>> = parse(
    await readFile(join(root, "pnpm-workspace.yaml"), "utf8"),
  ).catalog;
  const names = project.packed.map(({ name }) => name);
  const installed = await project.npm(
    "install",
    ...names,
    "@opentelemetry/api",
    `@types/node@${catalog["@types/node"]}`,
  );
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  await project.write("worker.ts", blockBelow(readme, OWN_WORKER, "ts"));
  await project.write("watchdog.yaml", blockBelow(readme, OWN_WORKER, "yaml"));
  await project.write("publish.ts", PUBLISH);
}, 300_000);

afterAll(async () => {
  await project?.remove();
  await jobs?.close();
});

function node(...args: readonly string[]): Promise<ProgramEnd> {
  return project.run(process.execPath, args, {
    JOB_SERVICE: jobs.url,
    FILES: jobs.filesUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: NO_COLLECTOR,
  });
}

describe("the README's own worker", () => {
  it("is about twenty lines", () => {
    const lines = blockBelow(readme, OWN_WORKER, "ts")
      .split("\n")
      .filter((line) => /\w/.test(line));
    expect(lines.length).toBeLessThanOrEqual(25);
  });

  it("completes a job, and says once what it could not send without a Collector", async () => {
    jobs.service.add({ id: "job-1", deliverableId: "D1", artifactKinds: [] });
    const { code, stdout, stderr } = await node("worker.ts");
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "" });
    expect(jobs.service.state("job-1")).toBe("completed");
    expect(jobs.asked).toEqual(["doctor", "touch", "claim", "context job-1", "progress job-1", "complete job-1"]);
    const said = stderr.split("\n").filter((line) => line.startsWith("worker-watchdog:"));
    expect(said).toEqual([expect.stringContaining(`not sent to ${NO_COLLECTOR}:`)]);
  });

  it("goes home without a job", async () => {
    const before = jobs.asked.length;
    expect(await node("worker.ts")).toMatchObject({ code: 0 });
    expect(jobs.asked.slice(before)).toEqual(["doctor", "touch", "claim"]);
  });

  it("is refused by the gate where the artifact is not there, and fails loudly", async () => {
    jobs.service.add({ id: "job-2" });
    await project.write("publish.ts", PUBLISH.replaceAll("report.html`, {", "elsewhere.html`, {"));
    const { code, stderr } = await node("worker.ts");
    await project.write("publish.ts", PUBLISH);
    expect(code).toBe(1);
    expect(stderr).toContain("artifact_refused");
    expect(stderr).toContain("did not pass the gate (http_status)");
    expect(jobs.service.state("job-2")).toBe("running");
  });
});

describe("docs/try-out.md", () => {
  it("shows a job that is completed, to a reader who follows it", async () => {
    const [port = 0] = await findFreePorts(1);
    const tryOut = (await readFile(join(root, "docs/try-out.md"), "utf8")).replaceAll("8080", String(port));
    const [jobService, publish] = fencedBlocks(tryOut).filter(({ language }) => language === "ts");
    await project.write("job-service.ts", jobService?.code ?? "");
    await project.write("publish.ts", publish?.code ?? "");
    const service = spawn(process.execPath, ["job-service.ts"], {
      cwd: project.directory,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const printed: string[] = [];
    createInterface({ input: service.stdout }).on("line", (line) => printed.push(line));
    try {
      await poll("the job service", () =>
        fetch(`http://127.0.0.1:${port}/job-1/files.json`).then(
          () => true,
          () => undefined,
        ),
      );
      const [start = "", ...words] = shellCommands(
        fencedBlocks(tryOut).find(({ language }) => language === "sh")?.code ?? "",
      );
      expect(start).toBe("node job-service.ts");
      const [variable = "", , file = ""] = (words[0] ?? "").split(" ");
      const [name = "", value = ""] = variable.split("=");
      const end = await project.run(process.execPath, [file], {
        [name]: value,
        OTEL_EXPORTER_OTLP_ENDPOINT: NO_COLLECTOR,
      });
      expect(end).toMatchObject({ code: 0, stdout: "" });
      expect(printed.at(-1)).toBe('complete {"ok":true,"status":"completed"}');
    } finally {
      service.kill();
      await project.write("publish.ts", PUBLISH);
    }
  });
});

describe("types", () => {
  it.each(["worker.ts", "common-js.cts"])(
    "resolve for %s with every strict flag, and the declarations are sound",
    async (file) => {
      await project.write(
        "common-js.cts",
        `import sdk = require("@worker-watchdog/sdk");
      import node = require("@worker-watchdog/node");
      import policy = require("@worker-watchdog/sdk/policy");
      export const watchdog: sdk.Watchdog = sdk.createWatchdog({ worker: { id: "w", pool: "p" }, policy: policy.defaultPolicy });
      export const telemetry: node.Telemetry = node.startTelemetry();\n`,
      );
      await project.write(
        "tsconfig.json",
        JSON.stringify({
          compilerOptions: {
            module: "nodenext",
            target: "es2023",
            lib: ["es2024"],
            types: ["node"],
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            skipLibCheck: false,
            allowImportingTsExtensions: true,
            noEmit: true,
          },
          files: [file],
        }),
      );
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      const { code, stdout } = await project.run(process.execPath, [tsc, "-p", "."]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    },
  );

  it("refuse a completion without the gate's artifact", async () => {
    await project.write(
      "false-green.ts",
      `import type { Job } from "@worker-watchdog/sdk";
      declare const job: Job;
      await job.complete({ url: "https://example.com", checkId: "made-up" }, () => ({ ok: true }));\n`,
    );
    const tsconfig = JSON.parse(await readFile(join(project.directory, "tsconfig.json"), "utf8"));
    await project.write("tsconfig.json", JSON.stringify({ ...tsconfig, files: ["false-green.ts"] }));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await project.run(process.execPath, [tsc, "-p", "."]);
    expect(code).not.toBe(0);
    expect(stdout).toContain("VerifiedArtifact");
  });
});

describe("every entry", () => {
  const entries = ["sdk", "sdk/policy", "sdk/semconv", "sdk/testing", "node", "cli"].map(
    (name) => `@worker-watchdog/${name}`,
  );

  it.each(entries)("%s is the same by import and by require()", async (entry) => {
    const script = `
      import { createRequire } from "node:module";
      const required = createRequire(import.meta.url)("${entry}");
      const imported = await import("${entry}");
      const names = Object.keys(imported).filter((name) => name !== "__esModule");
      console.log(names.length > 0 && names.every((name) => required[name] === imported[name]));`;
    expect(await node("--input-type=module", "-e", script)).toMatchObject({ code: 0, stdout: "true\n", stderr: "" });
  });

  it("@worker-watchdog/node/register sets the process up before the application", async () => {
    const script =
      'import { trace } from "@opentelemetry/api"; console.log(trace.getTracer("mine").startSpan("s").isRecording());';
    const end = await node("--import", "@worker-watchdog/node/register", "--input-type=module", "-e", script);
    expect(end).toMatchObject({ code: 0, stdout: "true\n" });
  });

  it("sends at process.exit() from the built files, where nothing asynchronous runs any more", async () => {
    const posted: string[] = [];
    const receiver = createServer((request, response) => {
      posted.push(request.url ?? "");
      request.resume().on("end", () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const script = `
      import { startTelemetry } from "@worker-watchdog/node";
      import { createWatchdog } from "@worker-watchdog/sdk";
      startTelemetry({ endpoint: "${endpoint}", exportIntervalMillis: 600000 });
      const watchdog = createWatchdog({ worker: { id: "w", pool: "p" } });
      await watchdog.heartbeat((beat) => beat.touch(() => ({ ok: true, touched: true })));
      process.exit(3);`;
    const { code, stderr } = await node("--input-type=module", "-e", script);
    receiver.closeAllConnections();
    receiver.close();
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(posted.sort()).toEqual(["/v1/logs", "/v1/metrics", "/v1/traces"]);
  });
});

describe("what is installed", () => {
  it("has one copy of each package of OpenTelemetry", async () => {
    const copies = await project.copies("@opentelemetry/");
    expect([...copies.keys()]).toContain("@opentelemetry/sdk-metrics");
    expect([...copies].filter(([, count]) => count > 1)).toEqual([]);
  });

  it("asks, for the sdk, for the API of OpenTelemetry alone", async () => {
    const manifest = JSON.parse(await installedFile("sdk", "package.json"));
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(Object.keys(manifest.peerDependencies)).toEqual(["@opentelemetry/api"]);
  });

  it.each(["sdk", "node", "cli"])(
    "names, in %s, whoever's code is bundled, and holds no path of this machine",
    async (name) => {
      const dist = await readdir(join(project.directory, "node_modules/@worker-watchdog", name, "dist"), {
        recursive: true,
      });
      const scripts = dist.filter((file) => file.endsWith(".js"));
      expect(scripts).not.toHaveLength(0);
      const notices = await installedFile(name, "THIRD_PARTY_NOTICES").catch(() => "");
      for (const script of scripts) {
        const text = await installedFile(name, join("dist", script));
        expect(text).not.toContain(root.replace(/\/$/, ""));
        for (const [, bundled = ""] of text.matchAll(/node_modules\/(?!\.pnpm)((?:@[\w.-]+\/)?[\w.-]+)\//g)) {
          expect(notices).toContain(`\n${bundled},`);
        }
      }
      expect(await installedFile(name, "LICENSE")).toContain("Apache License");
    },
  );
});

describe("npm run pack", () => {
  it("writes the tarballs where it is told to", async () => {
    const target = join(project.directory, "packed");
    const npm = npmCommand();
    const { code, stdout, stderr } = await runProgram(
      npm.command,
      [...npm.args, "run", "pack", "--", target],
      root,
      {},
    );
    expect(code, stderr).toBe(0);
    const names = (await readdir(target)).sort();
    expect(names).toEqual(project.packed.map(({ tarball }) => basename(tarball)).sort());
    for (const name of names) expect(stdout).toContain(join(target, name));
  });
});

describe("the watchdog command", () => {
  it("runs as the README says, and writes what Prometheus and Alertmanager read", async () => {
    for (const command of shellCommands(blockBelow(readme, OWN_SERVERS, "sh"))) {
      const [program = "", ...args] = command.split(" ");
      const { code, stderr } = await project.run(program, args);
      expect(code, `${command}\n${stderr}`).toBe(0);
    }
    const written = await readdir(join(project.directory, "monitoring"), { recursive: true });
    expect(written).toEqual(
      expect.arrayContaining([
        "prometheus-rules/worker-watchdog.rules.yml",
        "prometheus-rules/alertmanager.yml",
        "prometheus-rules/worker-watchdog.tmpl",
      ]),
    );
  });

  it("shows its help", async () => {
    const { code, stdout } = await project.run("npx", ["watchdog", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: watchdog <command> [options]");
  });
});

function installedFile(name: string, path: string): Promise<string> {
  return readFile(join(project.directory, "node_modules/@worker-watchdog", name, path), "utf8");
}
