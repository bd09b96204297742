/**
 * What an envelope says, under `metadata.kafka.commit`, to the output that is to commit
 * its offset together with the messages it becomes.
 *
 * It holds as long as the input is this member of this generation. Afterwards brokers
 * refuse it and the input reads again from what is committed, so an output that is
 * refused leaves such envelopes out: they come again, here or at another member.
 *
 * @module
 */

/** In whose name to commit, and where. */
export interface CommitSource {
  /** The brokers must be those that are written to. */
  readonly cluster: string;
  readonly group: string;
  readonly member: string;
  readonly generation: number;
  readonly instance: string | null;
}
