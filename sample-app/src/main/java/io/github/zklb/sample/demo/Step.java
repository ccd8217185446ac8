package io.github.zklb.sample.demo;

/** One of the things that the demo shows. */
interface Step {

    /** What is shown, as the heading of its rows. */
    String title(DemoSettings settings);

    /** Does it, and reports what was measured. */
    void play(Scene scene) throws Exception;
}
