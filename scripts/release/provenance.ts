/**
 * How a release was built, as SLSA provenance: from which commit, by whom, with what.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @module
 */

/** What is known of a build. */
export interface BuildFacts {
  readonly product: string;
  readonly version: string;
  /** Absent: the checkout wasn't clean, and nobody could build it again. */
  readonly commit?: string;
  /** The runtime it was compiled with. */
  readonly deno: string;
  /** Where it ran: variables of GitHub Actions are understood. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const BUILD_TYPE = "urn:dstream:build:release:v1";
const BY_HAND = "urn:dstream:builder:by-hand";

/** The predicate. Without times, so that the same build says the same. */
export function provenanceOf(facts: BuildFacts): Record<string, unknown> {
  const { product, version, commit, deno, env } = facts;
  const source = sourceOf(env);
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { product, version },
      internalParameters: { deno },
      resolvedDependencies: commit === undefined ? [] : [{
        uri: `git+${source}`,
        digest: { gitCommit: commit },
      }],
    },
    runDetails: {
      builder: { id: builderOf(env) },
      ...env.GITHUB_RUN_ID && {
        metadata: {
          invocationId: `${source}/actions/runs/${env.GITHUB_RUN_ID}/attempts/${
            env.GITHUB_RUN_ATTEMPT ?? "1"
          }`,
        },
      },
    },
  };
}

function sourceOf(env: BuildFacts["env"]): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  return server && repository ? `${server}/${repository}` : "dstream";
}

function builderOf(env: BuildFacts["env"]): string {
  const { GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow } = env;
  return server && workflow ? `${server}/${workflow}` : BY_HAND;
}
