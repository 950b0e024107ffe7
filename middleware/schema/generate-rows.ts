/** Writes src/generated/*-rows.generated.ts from schemas/*.yaml: node middleware/schema/generate-rows.ts */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { typescriptTypes } from './src/derive/typescript.ts';
import { SURVEY_SCHEMAS, surveySchema } from './src/load/schema-file.ts';

for (const name of SURVEY_SCHEMAS)
  writeFileSync(join(import.meta.dirname, `src/generated/${name}-rows.generated.ts`), typescriptTypes(surveySchema(name)));
