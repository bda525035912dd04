/** An application that knows OpenTelemetry's API only: one span here, one in a worker thread, then process.exit(). */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { trace } from "@opentelemetry/api";

const apiUrl = import.meta.resolve("@opentelemetry/api");
const code = `import(${JSON.stringify(apiUrl)}).then(({ trace }) => trace.getTracer("app").startSpan("in a thread").end())`;
await once(new Worker(code, { eval: true }), "exit");
trace.getTracer("app").startSpan("order").end();
process.stdout.write("ready\n");
process.exit(4);
