/** A worker thread that records a span. */
import { trace } from "@opentelemetry/api";

trace.getTracer("app").startSpan("in a thread").end();
