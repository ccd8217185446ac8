package io.github.zklb.sample;

import io.github.zklb.sample.consumer.ConsumerApplication;
import io.github.zklb.sample.demo.Demo;
import io.github.zklb.sample.demo.DemoSettings;
import io.github.zklb.sample.demo.Report;
import io.github.zklb.sample.provider.ProviderApplication;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.Profiles;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Starts the sample: one part of it in profile {@code provider} or {@code consumer}, else the demo of all. */
final class SampleApplication {

    private SampleApplication() {}

    public static void main(String[] args) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(args));
        ConfigurationPropertySources.attach(environment);
        if (environment.acceptsProfiles(Profiles.of("provider"))) {
            SpringApplication.run(ProviderApplication.class, args);
        } else if (environment.acceptsProfiles(Profiles.of("consumer"))) {
            SpringApplication.run(ConsumerApplication.class, args);
        } else {
            demo(Binder.get(environment).bindOrCreate("demo", DemoSettings.class), args);
        }
    }

    private static void demo(DemoSettings settings, String[] args) {
        int status = 1;
        try {
            LoggingSystem.get(SampleApplication.class.getClassLoader()).beforeInitialize();
            Demo demo = new Demo(settings);
            SpringApplication.getShutdownHandlers().add(demo::close);
            Report report = demo.run(args);
            System.out.printf("%n%s%n", report);
            if (!settings.exit()) {
                System.out.printf("The table stays at %s until Ctrl-C.%n", demo.url());
                return;
            }
            status = report.passed() ? 0 : 1;
        } catch (Exception e) {
            if (NestedExceptionUtils.getMostSpecificCause(e) instanceof PortInUseException inUse) {
                System.out.printf("Port %d is in use; --server.port=0 takes a free one.%n", inUse.getPort());
            } else {
                e.printStackTrace();
            }
        }
        System.exit(status);
    }
}
