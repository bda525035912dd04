/** A parent for the test that kills it: starts a stack, says where it is, and waits for its end. */
import { provideServers, startStack } from "@worker-watchdog/stack";

const stack = await startStack({ servers: await provideServers() });
const { directory, collector, prometheus, alertmanager, otlpEndpoint, prometheusUrl, alertmanagerUrl } = stack;
const pids = [collector.pid, prometheus.pid, alertmanager.pid];
console.log(JSON.stringify({ directory, pids, urls: [otlpEndpoint, prometheusUrl, alertmanagerUrl] }));
setInterval(() => {}, 60_000);
