package io.github.zklb;

/**
 * Makes a {@link Strategy} for each service that names it. A bean of this type adds a strategy of the user's own:
 * {@code zk-lb.strategy: <name>} then selects it.
 */
public interface StrategyFactory {

    /** The name under which {@code zk-lb.strategy} selects the strategy: lower case, words joined by hyphens. */
    String name();

    /** A strategy for one service, with a state of its own. */
    Strategy create(StrategyContext context);
}
