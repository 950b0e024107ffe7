import type { ReactElement } from 'react';
import type { Table } from '@almagest/table';
import { isNumeric } from './result-model.ts';

interface ColumnChoiceProps {
  readonly table: Table;
  readonly label: string;
  readonly value: string | undefined;
  readonly numeric?: boolean;
  readonly optional?: boolean;
  readonly onChoose: (name: string | undefined) => void;
}

export function ColumnChoice({ table, label, value, numeric, optional, onChoose }: ColumnChoiceProps): ReactElement {
  return (
    <label className="field">
      {label}
      <select value={value ?? ''} onChange={(event) => onChoose(event.target.value === '' ? undefined : event.target.value)}>
        {(optional || value === undefined) && <option value="">none</option>}
        {table.columns
          .filter((column) => !numeric || isNumeric(column))
          .map((column) => (
            <option key={column.name}>{column.name}</option>
          ))}
      </select>
    </label>
  );
}
