import { assertEquals } from "../../tests/support/assert.ts";
import {
  formatPrecise,
  parsePrecise,
  toHclAttributes,
  toHclBlock,
} from "./hcl.ts";

Deno.test("JSON becomes HCL: aligned, nested, escaped", () => {
  const value = parsePrecise(
    '{"a":"x","long_name":[1,true,null],"o":{"k":"v","strange key":{}},' +
      '"t":"${x} %{y} $5 \\"q\\"\\n"}',
  );
  assertEquals(
    toHclBlock("config", value as Record<string, never>, 1),
    `  config {
    a         = "x"
    long_name = [1, true, null]
    o         = {
      k             = "v"
      "strange key" = {}
    }
    t         = "$\${x} %%{y} $5 \\"q\\"\\n"
  }`,
  );
  assertEquals(toHclBlock("config", {}, 0), "config {}");
});

Deno.test("numbers keep their digits", () => {
  const text = '{"a":123456789012345678901234567890,"b":0.10,"c":1e400}';
  const value = parsePrecise(text);
  assertEquals(
    toHclAttributes(value as Record<string, never>, 0),
    "a = 123456789012345678901234567890\nb = 0.10\nc = 1e400",
  );
  assertEquals(formatPrecise(value).replaceAll(/\s/g, ""), text);
});
