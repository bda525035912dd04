/** The artifact gate: the only maker of the proof that `complete` takes. */
export { type ArtifactClaim, parseArtifactClaim } from "./artifact-claim.ts";
export {
  type ArtifactCheck,
  type ArtifactGate,
  type ArtifactGateOptions,
  createArtifactGate,
  type GateOutcome,
  type VerifyContext,
} from "./artifact-gate.ts";
export type { HostAddress, HostLookup } from "./http-hop.ts";
export { isVerifiedArtifact, type VerifiedArtifact } from "./verified-artifact.ts";
