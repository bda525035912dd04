/** Finds or builds the real Collector, Prometheus and Alertmanager, runs them, waits until they are ready, stops them. */
export { type BuildProgress, describeProgress } from "./build-progress.ts";
export { findFreePorts } from "./free-ports.ts";
export { type Guard, type GuardedCommand, type GuardedProcess, type ProcessExit, startGuard } from "./guard.ts";
export type { ManagedServer } from "./managed-server.ts";
export { type ProvidedServer, type ProvideOptions, provideServers } from "./provide-servers.ts";
export { type RuleTestCase, type RuleTestOptions, type RuleTestResult, runRuleTests } from "./run-rule-tests.ts";
export { SERVER_NAMES, SERVERS, type ServerDefinition, type ServerName } from "./server-catalog.ts";
export { StackError, type StackErrorCode } from "./stack-error.ts";
export { type Stack, type StackOptions, startStack } from "./start-stack.ts";
