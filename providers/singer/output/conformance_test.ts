import type { Json, JsonObject } from "@dstream/sdk";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { FAKE_TARGET } from "../../../tests/support/singer/fakes.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";

testOutput({
  name: "singer output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: async (test) => {
    await using folder = await TempFolder.make({ rows: "" });
    const [path, stall] = [folder.join("rows"), folder.join("stall")];
    await test({
      config: {
        target: FAKE_TARGET,
        target_config: { path, stall },
        flush_interval: "1s",
        schema: "infer",
      },
      arrived: async () => {
        const text = await folder.read("rows");
        return text.split("\n").filter(Boolean)
          .map((line) => dataOf(JSON.parse(line).record));
      },
      stall: async () => {
        await folder.write("stall", "");
        return () => Deno.remove(stall);
      },
    });
  },
});

/** What is no object comes in a field. */
function dataOf(record: JsonObject): Json {
  return "value" in record ? record.value : record;
}
