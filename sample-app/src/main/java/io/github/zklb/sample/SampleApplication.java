package io.github.zklb.sample;

import io.github.zklb.sample.consumer.ConsumerApplication;
import io.github.zklb.sample.demo.Demo;
import io.github.zklb.sample.demo.DemoSettings;
import io.github.zklb.sample.demo.ZooKeeperAlone;
import io.github.zklb.sample.provider.ProviderApplication;
import java.io.IOException;
import java.net.ServerSocket;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Profiles;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Starts the sample: one part of it in profile {@code provider}, {@code consumer} or {@code zookeeper}, else the demo of all. */
final class SampleApplication {

    private SampleApplication() {}

    public static void main(String[] args) throws Exception {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(args));
        ConfigurationPropertySources.attach(environment);
        if (environment.acceptsProfiles(Profiles.of("provider"))) {
            SpringApplication.run(ProviderApplication.class, args);
        } else if (environment.acceptsProfiles(Profiles.of("consumer"))) {
            SpringApplication.run(ConsumerApplication.class, args);
        } else if (environment.acceptsProfiles(Profiles.of("zookeeper"))) {
            int port = environment.getProperty("zookeeper.port", int.class, 2181);
            requireFree(port, "--zookeeper.port=2182");
            ZooKeeperAlone.run(port);
        } else {
            DemoSettings settings = Binder.get(environment).bindOrCreate("demo", DemoSettings.class);
            int port = settings.exit() ? 0 : environment.getProperty("server.port", int.class, 8080);
            demo(settings, port, args);
        }
    }

    private static void demo(DemoSettings settings, int port, String[] args) {
        requireFree(port, "--server.port=8081");
        int status = 1;
        try {
            Demo demo = new Demo(settings);
            Runtime.getRuntime().addShutdownHook(new Thread(demo::close));
            status = demo.run(port, args).passed() ? 0 : 1;
            if (!settings.exit()) {
                return;
            }
        } catch (Exception e) {
            System.err.println("The demo could not be finished: " + e.getMessage());
        }
        System.exit(status);
    }

    private static void requireFree(int port, String remedy) {
        if (!isFree(port)) {
            System.err.printf("Port %d is in use. Give the sample another one: %s%n", port, remedy);
            System.exit(1);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
