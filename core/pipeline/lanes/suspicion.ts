/**
 * Whose fault is it that an output dies: its own, or an envelope's?
 *
 * Two deaths at the same place are no proof: in an outage every envelope kills. So
 * from then on envelopes are handed over one at a time. One that kills alone is a
 * suspect. From then on each new process gets the last delivered envelope once more,
 * alone, and then the suspect. If the repeat kills too, the output is ill. If the
 * repeat is acknowledged and the suspect kills, three times, the suspect is poison.
 *
 * Of an output that dies at random something always kills alone. So a suspect that
 * the deaths before did not point at has to kill five times.
 *
 * An output that holds back dies with much in its hands, and a word on one envelope
 * costs it a flush. So it gets one, then two, then four and so on; many that kill are
 * looked at in the same way, and only they.
 *
 * Nothing here writes or waits: replay.ts makes the trials, output_life.ts draws the
 * conclusions.
 *
 * @module
 */

const DEATHS_BEFORE_TRIAL = 2;
const KILLS_OF_POISON = 3;
const KILLS_OF_ANY = 5;

/** What a death has shown. */
export type Finding =
  /** Nothing against an envelope. */
  | { readonly kind: "unclear" }
  /** The output worked, and the suspect killed it, or many of which it is one. */
  | { readonly kind: "evidence" }
  | { readonly kind: "poison"; readonly position: number };

/** What the process of the moment was handed alone, and has not answered yet. */
type Trial = { readonly kind: "repeat" } | {
  readonly kind: "many";
  readonly upTo: number;
} | {
  readonly kind: "suspect";
  readonly position: number;
  /** Whether this process had acknowledged the repeat before. */
  readonly isSound: boolean;
};

/** What was learnt from one output's deaths. */
export class Suspicion {
  /** Where it died last: everything up to here had been answered. */
  #place = -1;
  #deaths = 0;
  /** Whether what follows `#place` has killed alone. */
  #hasKilledAlone = false;
  #kills = 0;
  #killsOfPoison = KILLS_OF_ANY;
  #trial: Trial | undefined;
  #isSound = false;
  #upTo = Infinity;

  /** Whether envelopes have to go one at a time. */
  get isAlert(): boolean {
    return this.#hasKilledAlone || this.#deaths >= DEATHS_BEFORE_TRIAL;
  }

  /** Whether one envelope has killed alone: the repeat comes first from now on. */
  get hasSuspect(): boolean {
    return this.#hasKilledAlone;
  }

  /** The last one that may kill: it is one of those that did together. */
  get upTo(): number {
    return this.#upTo;
  }

  /** The last delivered envelope is handed over once more. */
  triesRepeat(): void {
    this.#trial = { kind: "repeat" };
  }

  /** The repeat was acknowledged: this process works. */
  repeatSurvived(): void {
    this.#trial = undefined;
    this.#isSound = true;
  }

  /** The envelope at `position` is handed over alone. */
  tries(position: number): void {
    this.#trial = { kind: "suspect", position, isSound: this.#isSound };
    // What follows has its own trial.
    this.#isSound = false;
  }

  /** Several are handed over together; those before them were acknowledged. */
  triesMany(upTo: number): void {
    this.#trial = { kind: "many", upTo };
    this.#isSound = false;
  }

  /**
   * A process died of itself.
   *
   * @param settled Everything up to here is settled.
   * @param acknowledged What this process had its word on in the end.
   */
  died(settled: number, acknowledged: number): Finding {
    const trial = this.#endTrial();
    if (trial?.kind === "suspect" && trial.position > acknowledged) {
      return this.#killedAlone(trial.position, trial.isSound);
    }
    if (trial?.kind === "many" && trial.upTo > acknowledged) {
      this.#moveTo(settled);
      // What kills is there, so the trial goes on at once.
      this.#deaths = DEATHS_BEFORE_TRIAL;
      this.#upTo = trial.upTo;
      return { kind: "evidence" };
    }
    if (trial?.kind === "repeat") this.#kills = 0;
    else if (settled !== this.#place) this.#moveTo(settled);
    this.#deaths++;
    return { kind: "unclear" };
  }

  #killedAlone(position: number, isSound: boolean): Finding {
    if (position - 1 !== this.#place) this.#moveTo(position - 1);
    const isFirst = !this.#hasKilledAlone;
    this.#hasKilledAlone = true;
    if (isFirst) {
      const wasPointedAt = this.#deaths >= DEATHS_BEFORE_TRIAL;
      this.#killsOfPoison = wasPointedAt ? KILLS_OF_POISON : KILLS_OF_ANY;
    }
    this.#deaths++;
    if (isFirst || !isSound) return { kind: "unclear" };
    this.#kills++;
    return this.#kills < this.#killsOfPoison
      ? { kind: "evidence" }
      : { kind: "poison", position };
  }

  /** It was made to end by us: that says nothing about an envelope. */
  wasEnded(): void {
    this.#endTrial();
  }

  /** Nothing there kills, or what did is buried. */
  clear(): void {
    this.#moveTo(-1);
    this.#endTrial();
  }

  #endTrial(): Trial | undefined {
    const trial = this.#trial;
    this.#trial = undefined;
    this.#isSound = false;
    return trial;
  }

  #moveTo(place: number): void {
    this.#place = place;
    this.#deaths = 0;
    this.#kills = 0;
    this.#hasKilledAlone = false;
    this.#upTo = Infinity;
  }
}
