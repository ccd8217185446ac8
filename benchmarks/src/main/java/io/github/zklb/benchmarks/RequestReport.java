package io.github.zklb.benchmarks;

import static io.github.zklb.benchmarks.Balancer.CONSISTENT_HASH;
import static io.github.zklb.benchmarks.Balancer.STOCK;
import static io.github.zklb.benchmarks.Balancer.WEIGHTED;
import static io.github.zklb.benchmarks.ClientCall.CHOOSE;
import static io.github.zklb.benchmarks.ClientCall.EXECUTE;
import static io.github.zklb.benchmarks.ClientCall.FILTER;
import static io.github.zklb.benchmarks.ClientCall.INTERCEPT;
import static io.github.zklb.benchmarks.MarkdownTable.figure;

import io.github.zklb.benchmarks.Results.Cost;
import java.util.ArrayList;
import java.util.List;

/**
 * What the path of a request costs, as Markdown.
 *
 * @param results what JMH measured
 */
record RequestReport(Results results) {

    String markdown() {
        return "### Targets of a request\n\n" + Target.table(targets())
                + "\n### A request on its way, ten instances\n\n" + requests();
    }

    private List<Target> targets() {
        return List.of(
                time(CHOOSE, WEIGHTED, 0.1),
                time(CHOOSE, CONSISTENT_HASH, 0.25),
                bytes(CHOOSE, WEIGHTED),
                bytes(CHOOSE, CONSISTENT_HASH),
                time(EXECUTE, WEIGHTED, 0.3),
                allocation(EXECUTE, WEIGHTED, 0.4),
                time(INTERCEPT, WEIGHTED, 0.3),
                allocation(INTERCEPT, WEIGHTED, 0.4),
                time(INTERCEPT, CONSISTENT_HASH, 0.3),
                allocation(INTERCEPT, CONSISTENT_HASH, 0.4),
                time(FILTER, WEIGHTED, 0.5),
                time(FILTER, CONSISTENT_HASH, 0.5));
    }

    private Target time(ClientCall call, Balancer balancer, double limit) {
        double ratio = cost(balancer, call).nanos() / cost(STOCK, call).nanos();
        return new Target(what(call, balancer) + ", time ÷ stock", limit, ratio, "");
    }

    private Target allocation(ClientCall call, Balancer balancer, double limit) {
        double ratio = cost(balancer, call).bytes() / cost(STOCK, call).bytes();
        return new Target(what(call, balancer) + ", bytes ÷ stock", limit, ratio, "");
    }

    private Target bytes(ClientCall call, Balancer balancer) {
        return new Target(
                what(call, balancer) + ", bytes",
                0,
                Math.rint(cost(balancer, call).bytes()),
                "B");
    }

    private static String what(ClientCall call, Balancer balancer) {
        return call.label + ", " + balancer.label;
    }

    private Cost cost(Balancer balancer, ClientCall call) {
        return results.request(balancer, call);
    }

    private MarkdownTable requests() {
        List<String> titles = new ArrayList<>(List.of("Time and bytes a request"));
        for (Balancer balancer : Balancer.values()) {
            titles.add(balancer.label);
        }
        MarkdownTable table = new MarkdownTable(titles);
        for (ClientCall call : ClientCall.values()) {
            List<String> cells = new ArrayList<>(List.of(call.label));
            for (Balancer balancer : Balancer.values()) {
                Cost cost = cost(balancer, call);
                cells.add(cost.time() + ", " + figure(Math.rint(cost.bytes()), "B"));
            }
            table.row(cells);
        }
        return table;
    }
}
