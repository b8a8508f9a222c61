import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "out/", "*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Disposables are what they can do, not what they are instances of.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/use-unknown-in-catch-callback-variable": "off",
      eqeqeq: "error",
      curly: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    // What does not need the editor does not know it.
    files: ["src/core/**"],
    rules: { "no-restricted-imports": ["error", { paths: ["vscode"], patterns: ["../*"] }] },
  },
  {
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-floating-promises": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
