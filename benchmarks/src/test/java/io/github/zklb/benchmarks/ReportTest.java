package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.Results.Cell;
import io.github.zklb.benchmarks.Results.Cost;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

    private final Results results = new Results();

    @Test
    void targetsAreMetMissedOrNotMeasured() {
        put(Contender.RING, 50);
        put(Contender.MAGLEV, 150);
        put(Contender.D2_RING, 200);
        assertThat(new Report(Plan.SHORT, results, Map.of(Table.RING, 64L << 20)).markdown())
                .contains("| zk-lb `ring`, a pick at 1,000 ÷ D2 point ring | 0.5 | 0.25 | met |")
                .contains("| zk-lb `maglev`, a pick at 1,000 ÷ D2 point ring | 0.5 | 0.75 | **missed** |")
                .contains("| zk-lb `ring`, a pick at 1,000 ÷ Dubbo consistent hash | 0.02 | – | not measured |")
                .contains("| zk-lb `ring`, memory at 10,000 | 32 MiB | 64 MiB | **missed** |");
    }

    @Test
    void whatWasMeasuredIsShown() {
        put(Contender.RING, 50);
        assertThat(new Report(Plan.SHORT, results, Map.of()).markdown())
                .contains("| zk-lb `ring` | 50 ns, 0 B | –, – |");
    }

    private void put(Contender contender, double nanos) {
        results.put(new Cell(contender, Cell.PICK, 1_000, 1), new Cost(nanos, Double.NaN, 0.01));
    }
}
