/** An application that knows OpenTelemetry's API only: one span here, one in a worker thread, then process.exit(). */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { trace } from "@opentelemetry/api";

// A thread from a file: preloads do not run in one from a string.
await once(new Worker(new URL("plain-thread.ts", import.meta.url)), "exit");
trace.getTracer("app").startSpan("order").end();
process.stdout.write("ready\n");
process.exit(4);
