/** R5: the gate over https, on a real server whose certificate is trusted, or not. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultPolicy } from "../policy/default-policy.ts";
import { createArtifactGate } from "./artifact-gate.ts";
import type { GateOutcome } from "./gate-outcome.ts";
import { selfSignedCertificate } from "./testing/self-signed-certificate.ts";

const certificate = selfSignedCertificate("files.example");
const server = createServer(certificate, (request, response) => {
  if (request.url === "/report") response.writeHead(302, { location: "/final" }).end();
  else if (request.url === "/final") response.end("<h1>Report</h1>");
  else response.end('["report.html"]');
});
const before = getCACertificates("default");
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  setDefaultCACertificates(before);
  await new Promise((resolve) => server.close(resolve));
});

function verify(host: string, path = "/report"): Promise<GateOutcome> {
  const gate = createArtifactGate({
    settings: { ...defaultPolicy.artifact, allowed_private_hosts: ["files.example", "other.example", "127.0.0.1"] },
    lookup: async () => [{ address: "127.0.0.1", family: 4 }],
    wait: async () => undefined,
  });
  const origin = `https://${host}:${port}`;
  return gate.verify({ url: `${origin}${path}`, filesUrl: `${origin}/files.json` }, { jobId: "j", attemptId: "t" });
}

test("R5.2: a certificate that nobody vouches for is no artifact", async () => {
  const outcome = await verify("files.example");
  expect(outcome).toMatchObject({ passed: false, reason: "transport" });
  expect(outcome.check.statuses).toEqual([]);
});

test("R5.2: https passes by name and by address, with a redirect on the same host", async () => {
  setDefaultCACertificates([...before, certificate.cert]);
  for (const host of ["files.example", "127.0.0.1"])
    expect(await verify(host)).toMatchObject({ passed: true, check: { statuses: [302, 200], fileCount: 1 } });
});

test("R5.5: a certificate for another name is refused, although the address is the same", async () => {
  setDefaultCACertificates([...before, certificate.cert]);
  expect(await verify("other.example")).toMatchObject({ passed: false, reason: "transport" });
});
