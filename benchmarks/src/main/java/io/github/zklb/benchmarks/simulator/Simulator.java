package io.github.zklb.benchmarks.simulator;

import io.github.zklb.benchmarks.Page;
import io.github.zklb.benchmarks.simulator.peers.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Simulates every scenario with every strategy, prints what comes out, writes it to a page and draws it. */
public final class Simulator {

    private static final long SEED = 2_016;
    private static final int SEEDS = 20;

    private Simulator() {}

    /** Takes the path of the page and that of the picture. */
    public static void main(String[] arguments) throws IOException {
        Map<Scenario, Map<Balancing, Outcome>> outcomes = new EnumMap<>(Scenario.class);
        Map<Scenario, Map<Balancing, Outcome>> peers = new EnumMap<>(Scenario.class);
        for (Scenario scenario : Scenario.values()) {
            outcomes.put(scenario, simulate(scenario, ZkLbBalancing.values()));
            peers.put(scenario, simulate(scenario, Peer.values()));
        }
        String section = new SimulationReport(outcomes, FaultTargets.table(SEEDS)).markdown()
                + new PeerReport(outcomes, peers).markdown();
        System.out.println(section);
        new Page(Path.of(arguments[0])).write("simulation", section);
        Path picture = Path.of(arguments[1]);
        Files.createDirectories(picture.toAbsolutePath().getParent());
        Files.writeString(picture, new Picture(outcomes).svg());
    }

    private static Map<Balancing, Outcome> simulate(Scenario scenario, Balancing... balancings) {
        Map<Balancing, Outcome> row = new LinkedHashMap<>();
        for (Balancing balancing : balancings) {
            row.put(balancing, Simulation.run(balancing, scenario.setup, SEED));
            System.out.println(scenario + " " + balancing + ": " + row.get(balancing));
        }
        return row;
    }
}
