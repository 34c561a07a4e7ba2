import { Button } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { Dashboard, Filter } from "../api/types";
import classes from "./dashboard.module.css";
import { RangeFilter } from "./RangeFilter";
import { SearchFilter } from "./SearchFilter";
import { SelectFilter } from "./SelectFilter";
import { clearFilters, type FilterChoice, isSet, readChoice, type Search, writeChoice } from "./urlState";
import type { SetSearch } from "./usePageSearch";

export interface FilterProps {
  dashboard: string;
  filter: Filter;
  choice: FilterChoice;
  /** silent while typing: back should not walk through every letter */
  onChoose: (choice: Partial<FilterChoice>, silent?: boolean) => void;
  first: boolean;
}

const controls = { select: SelectFilter, range: RangeFilter, search: SearchFilter };

interface Props {
  dashboard: Dashboard;
  search: Search;
  setSearch: SetSearch;
}

export function FilterBar({ dashboard, search, setSearch }: Props) {
  const { filters } = dashboard;
  if (filters.length === 0) return null;
  const anySet = filters.some((filter) => isSet(readChoice(search, filter)));
  return (
    <search className={classes.filters} aria-label="Filters">
      {filters.map((filter, index) => {
        const Control = controls[filter.control];
        return (
          <Control
            key={filter.id}
            first={index === 0}
            dashboard={dashboard.id}
            filter={filter}
            choice={readChoice(search, filter)}
            onChoose={(choice, silent) => setSearch((now) => writeChoice(now, filter, choice), silent)}
          />
        );
      })}
      {anySet && (
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => setSearch(clearFilters)}
        >
          Clear filters
        </Button>
      )}
    </search>
  );
}
