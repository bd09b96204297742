/**
 * What `deno lint` forbids here beside its own rules.
 *
 * `no-literal-spread`: `[...["a", "b"], c]` and `{ ...{ a: 1 }, b }` say nothing that
 * `["a", "b", c]` and `{ a: 1, b }` don't, and make a reader look for the reason.
 * `deno lint --fix` writes the plain form.
 *
 * @module
 */

const MESSAGE = "the spread of a literal: write its parts as they are";

/** Named in deno.json. */
const plugin: Deno.lint.Plugin = {
  name: "dstream",
  rules: {
    "no-literal-spread": {
      create: (context) => ({
        SpreadElement(node) {
          const { argument } = node;
          const isObject = node.parent.type === "ObjectExpression";
          const literal = isObject ? "ObjectExpression" : "ArrayExpression";
          if (argument.type !== literal) return;
          const parts = context.sourceCode.getText(argument).slice(1, -1);
          // Deno 2.9 gives a spread in a list the range of its dots alone.
          const range: Deno.lint.Range = [node.range[0], argument.range[1]];
          context.report({
            node,
            message: MESSAGE,
            fix: (fixer) =>
              fixer.replaceTextRange(range, parts.trim().replace(/,$/, "")),
          });
        },
      }),
    },
  },
};

export default plugin;
