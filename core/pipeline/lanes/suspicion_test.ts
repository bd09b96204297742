import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { Suspicion } from "./suspicion.ts";

/** What one process meets: how far it comes, and what kills it. */
function dies(suspicion: Suspicion, settled: number, acknowledged = settled) {
  return suspicion.died(settled, acknowledged).kind;
}

/** A process that gets the repeat and then the suspect, and dies of it. */
function trial(suspicion: Suspicion, position: number) {
  assert.ok(suspicion.hasSuspect);
  suspicion.triesRepeat();
  suspicion.repeatSurvived();
  suspicion.tries(position);
  return dies(suspicion, position - 1);
}

function suspecting(position: number): Suspicion {
  const suspicion = new Suspicion();
  dies(suspicion, position - 1);
  assert.equal(suspicion.isAlert, false);
  dies(suspicion, position - 1);
  assert.equal(suspicion.isAlert, true);
  suspicion.tries(position);
  assert.equal(dies(suspicion, position - 1), "unclear");
  return suspicion;
}

Deno.test("a suspect that kills three times behind a repeat that lives is poison", () => {
  const suspicion = suspecting(7);
  assert.equal(trial(suspicion, 7), "evidence");
  assert.equal(trial(suspicion, 7), "evidence");
  suspicion.triesRepeat();
  suspicion.repeatSurvived();
  suspicion.tries(7);
  assertEquals(suspicion.died(6, 6), { kind: "poison", position: 7 });
});

Deno.test("a suspect that nothing had pointed at has to kill five times", () => {
  const suspicion = new Suspicion();
  dies(suspicion, 0);
  dies(suspicion, 0);
  for (let n = 1; n <= 6; n++) suspicion.tries(n);
  suspicion.tries(7);
  assert.equal(dies(suspicion, 6), "unclear");
  assert.equal(suspicion.isAlert, true);
  for (let n = 1; n <= 4; n++) assert.equal(trial(suspicion, 7), "evidence");
  assert.equal(trial(suspicion, 7), "poison");
});

Deno.test("a repeat that kills shows that the output is ill, and all begins again", () => {
  const suspicion = suspecting(7);
  trial(suspicion, 7);
  trial(suspicion, 7);
  suspicion.triesRepeat();
  assert.equal(dies(suspicion, 6, 5), "unclear");
  assert.equal(trial(suspicion, 7), "evidence");
});

Deno.test("many that kill are looked at again, and only they", () => {
  const suspicion = new Suspicion();
  dies(suspicion, 4);
  dies(suspicion, 4);
  suspicion.tries(5);
  suspicion.triesMany(7);
  suspicion.triesMany(11);
  assert.equal(dies(suspicion, 7), "evidence");
  assertEquals(
    [suspicion.isAlert, suspicion.hasSuspect, suspicion.upTo],
    [true, false, 11],
  );
  suspicion.tries(8);
  assert.equal(dies(suspicion, 7), "unclear");
  for (let n = 0; n < 2; n++) assert.equal(trial(suspicion, 8), "evidence");
  assert.equal(trial(suspicion, 8), "poison");
});

Deno.test("many that were acknowledged before the death have not killed", () => {
  const suspicion = new Suspicion();
  dies(suspicion, 4);
  dies(suspicion, 4);
  suspicion.tries(5);
  suspicion.triesMany(7);
  assert.equal(dies(suspicion, 7), "unclear");
  assert.equal(suspicion.isAlert, false);
});

Deno.test("without a repeat a suspect is never poison", () => {
  const suspicion = suspecting(1);
  for (let n = 0; n < 20; n++) {
    suspicion.tries(1);
    assert.equal(dies(suspicion, 0), "unclear");
  }
});

Deno.test("a process that we end says nothing against an envelope", () => {
  const suspicion = suspecting(7);
  trial(suspicion, 7);
  trial(suspicion, 7);
  suspicion.triesRepeat();
  suspicion.repeatSurvived();
  suspicion.tries(7);
  suspicion.wasEnded();
  assert.equal(trial(suspicion, 7), "poison");
});

Deno.test("one whose acknowledgement came before the death has not killed", () => {
  const suspicion = suspecting(7);
  suspicion.triesRepeat();
  suspicion.repeatSurvived();
  suspicion.tries(7);
  assert.equal(dies(suspicion, 7, 7), "unclear");
  assert.equal(suspicion.isAlert, false);
});

Deno.test("an outage of any length blames no envelope", () => {
  // Everything kills: the repeat where there is one, else the first.
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 200 }), (at, deaths) => {
      const suspicion = new Suspicion();
      for (let n = 0; n < deaths; n++) {
        if (suspicion.hasSuspect && at > 0) suspicion.triesRepeat();
        else if (suspicion.isAlert) suspicion.tries(at + 1);
        assert.equal(dies(suspicion, at), "unclear");
      }
    }),
  );
});
