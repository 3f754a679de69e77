// Tells what survey-core makes of questionnaires and answers: reads cases as JSON, prints one answer a case.
// Usage: node oracle.cjs FOLDER_WITH_NODE_MODULES < cases.json > answers.json
const path = require("path");
const core = path.join(process.argv[2], "node_modules", "survey-core");
const Survey = require(core);
require(path.join(core, "survey.i18n.js"));
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = cases.map(({ form, values }) => {
  const model = new Survey.Model(form);
  const words = (language) => {
    model.locale = language;
    return [model.title, ...model.getAllQuestions().flatMap((each) => [each.title, ...(each.choices || []).map((choice) => choice.text)])];
  };
  const errors = (model.jsonErrors || []).map((each) => each.type);
  const said = { zh: words("zh-cn"), en: words("") };
  model.data = values;
  const shown = model.getAllQuestions().filter((each) => each.isVisible);
  const asked = shown.map((each) => each.name);
  const missing = shown.filter((each) => each.isRequired && each.isEmpty()).map((each) => each.name);
  model.clearIncorrectValues();
  if (!missing.length) model.doComplete();
  return { errors, ...said, asked, missing, kept: missing.length ? null : model.data };
});
console.log(JSON.stringify({ version: require(path.join(core, "package.json")).version, answers }));
