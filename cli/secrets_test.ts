import { place } from "../tests/cli/fake_configuration.ts";
import { assertEquals } from "../tests/support/assert.ts";
import { hideSecretsAt, hideSecretsIn } from "./secrets.ts";

Deno.test("hideSecretsIn() leaves no part of a longer secret behind", () => {
  assertEquals(
    hideSecretsIn("a=pass b=password1 c=", ["pass", "password1", ""]),
    "a=(sensitive) b=(sensitive) c=",
  );
});

Deno.test("hideSecretsAt() keeps the caret under its text", () => {
  const line = '  user = "me"  password = "hunter2"  mode = "x"';
  const hiddenLine = '  user = "me"  password = "(sensitive)"  mode = "x"';
  const cases: readonly [string, string][] = [
    ['"me"', '"me"'],
    ['"hunter2"', '"(sensitive)"'],
    ['"x"', '"x"'],
    [line, hiddenLine],
  ];
  for (const [marked, expected] of cases) {
    assertEquals(
      hideSecretsAt(place(3, line, marked), ["hunter2"]),
      place(3, hiddenLine, expected),
    );
  }
});

Deno.test("a secret across the caret's end takes the whole line with it", () => {
  const at = place(3, 'password = "hunter2"', '"hunt');
  assertEquals(
    hideSecretsAt(at, ["hunter2"]),
    place(3, "(sensitive)", "(sensitive)"),
  );
});
