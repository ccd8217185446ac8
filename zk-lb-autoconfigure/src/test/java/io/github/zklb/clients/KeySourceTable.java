package io.github.zklb.clients;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which key source works with which client. The documentation shows the same table. */
final class KeySourceTable {

    /** A row for each kind of client, by its title, and a column for each key source. */
    static final String TABLE = """
            | | `header:NAME` | `cookie:NAME` | `query:NAME` | `path` | `path:N` | `method` | `attribute:NAME` | `bean:NAME` |
            |---|---|---|---|---|---|---|---|---|
            | RestTemplate | yes | yes | yes | yes | yes | yes | yes | yes |
            | RestClient | yes | yes | yes | yes | yes | yes | yes | yes |
            | WebClient | yes | yes | yes | yes | yes | yes | yes | yes |
            | HTTP interface on RestClient | yes | yes | yes | yes | yes | yes | yes | yes |
            | HTTP interface on WebClient | yes | yes | yes | yes | yes | yes | yes | yes |
            | OpenFeign | yes | yes | yes | yes | yes | yes | no | yes |
            | `execute` by hand | no | no | no | no | no | no | no | no |
            | `choose` by hand | yes | yes | yes | yes | yes | yes | yes | yes |
            | `ReactorLoadBalancer` by hand | yes | yes | yes | yes | yes | yes | yes | yes |
            | Gateway on WebFlux | yes | yes | yes | yes | yes | yes | yes | yes |
            | Gateway on WebMVC | yes | yes | yes | yes | yes | yes | yes | yes |
            """;

    private final Map<String, Map<String, Boolean>> cells = new TreeMap<>();

    KeySourceTable() {
        List<List<String>> rows = TABLE.lines()
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::trim)
                        .toList())
                .toList();
        List<String> sources = rows.get(0);
        for (List<String> row : rows.subList(2, rows.size())) {
            Map<String, Boolean> works = new HashMap<>();
            for (int i = 1; i < row.size(); i++) {
                works.put(sources.get(i).replace("`", ""), row.get(i).equals("yes"));
            }
            cells.put(row.get(0), works);
        }
    }

    /** Whether a source, as the table's head has it, works with a client. */
    boolean works(ClientKind kind, String source) {
        Map<String, Boolean> row = cells.get(kind.title());
        Boolean works = row == null ? null : row.get(source);
        if (works == null) {
            throw new IllegalStateException("the table has no cell for " + kind.title() + " and " + source);
        }
        return works;
    }
}
