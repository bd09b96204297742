import { assertEquals } from "../../../../tests/support/assert.ts";
import { isTransient, SqlError, toSqlError } from "./sql_error.ts";

Deno.test("toSqlError() tells what passes from what a person must do", async (t) => {
  const deadlock = { message: "deadlocked", number: 1205 };
  const cases = [
    ["a deadlock", deadlock, "transient", true],
    [
      "a failover",
      { message: "not available", number: 40613 },
      "transient",
      true,
    ],
    ["a killed session", { message: "kill", number: 596 }, "connection", true],
    [
      "a lost connection",
      { message: "lost", code: "ESOCKET" },
      "connection",
      true,
    ],
    ["a timeout", { message: "late", code: "ETIMEOUT" }, "timeout", true],
    ["a wrong password", { message: "no", number: 18456 }, "permission", false],
    ["no rights", { message: "no", number: 229 }, "permission", false],
    ["a table that is gone", { message: "no", number: 208 }, "missing", false],
    ["a wrong statement", { message: "no", number: 102 }, "refused", false],
    [
      "several, one of them known",
      {
        message: "",
        errors: [{ message: "x", number: 50000 }, deadlock],
      },
      "transient",
      true,
    ],
  ] as const;
  for (const [name, thrown, kind, passes] of cases) {
    await t.step(name, () => {
      const error = toSqlError(thrown);
      assertEquals([error.kind, isTransient(error)], [kind, passes]);
      assertEquals(toSqlError(error), error);
    });
  }
});

Deno.test("an error says why no address of a server could be reached", () => {
  const { message } = toSqlError({
    message: "Failed to connect to db:1433 - Could not connect (sequence)",
    code: "ESOCKET",
    cause: new AggregateError([
      new Error("connect ECONNREFUSED 10.0.0.1:1433"),
      new Error("connect ECONNREFUSED 10.0.0.2:1433"),
    ]),
  });
  assertEquals(
    message,
    "Failed to connect to db:1433: connect ECONNREFUSED 10.0.0.1:1433; " +
      "connect ECONNREFUSED 10.0.0.2:1433",
  );
  assertEquals(
    new SqlError("a", "refused", 5).isConnectionLost,
    false,
  );
});
