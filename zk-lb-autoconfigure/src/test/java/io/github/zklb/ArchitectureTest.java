package io.github.zklb;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfiguration;

/** The shape of the code, as docs and reviewers expect it. */
class ArchitectureTest {

    private static final JavaClasses production = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.github.zklb");
    private static final JavaClasses everything = new ClassFileImporter().importPackages("io.github.zklb");

    /** The rooms, the lowest first: a room may know those before it. */
    private static final List<String> ROOMS = List.of(
            "io.github.zklb",
            "io.github.zklb.strategy",
            "io.github.zklb.calls",
            "io.github.zklb.traffic",
            "io.github.zklb.reports",
            "io.github.zklb.codec",
            "io.github.zklb.membership",
            "io.github.zklb.store",
            "io.github.zklb.policy",
            "io.github.zklb.engine.probes",
            "io.github.zklb.engine.work",
            "io.github.zklb.engine",
            "io.github.zklb.engine.explain",
            "io.github.zklb.zookeeper",
            "io.github.zklb.zookeeper.membership",
            "io.github.zklb.zookeeper.policy",
            "io.github.zklb.registration",
            "io.github.zklb.reports.web",
            "io.github.zklb.springcloud",
            "io.github.zklb.springcloud.blocking",
            "io.github.zklb.springcloud.webclient",
            "io.github.zklb.springcloud.feign",
            "io.github.zklb.springcloud.gateway",
            "io.github.zklb.springcloud.suppliers",
            "io.github.zklb.actuate.metrics",
            "io.github.zklb.actuate",
            "io.github.zklb.actuate.overlays",
            "io.github.zklb.autoconfigure.properties",
            "io.github.zklb.autoconfigure");

    @Test
    void dependenciesPointOneWay() {
        for (int room = 0; room < ROOMS.size() - 1; room++) {
            noClasses()
                    .that()
                    .resideInAPackage(ROOMS.get(room))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(ROOMS.subList(room + 1, ROOMS.size()).toArray(String[]::new))
                    .check(production);
        }
    }

    @Test
    void theRoomsOfTheClientsDoNotKnowEachOther() {
        slices().matching("io.github.zklb.springcloud.(*)")
                .should()
                .notDependOnEachOther()
                .check(production);
    }

    @Test
    void aRoomHasFewFiles() {
        Map<String, Set<String>> files = new HashMap<>();
        for (JavaClass type : production) {
            String file = type.getName().replaceAll("\\$.*", "");
            if (!file.endsWith(".package-info")) {
                files.computeIfAbsent(type.getPackageName(), room -> new HashSet<>())
                        .add(file);
            }
        }
        assertThat(files.keySet()).as("each room has its place").containsExactlyInAnyOrderElementsOf(ROOMS);
        assertThat(files).allSatisfy((room, of) -> assertThat(of).as(room).hasSizeLessThanOrEqualTo(18));
    }

    @Test
    void contributorsFindTheSameRoomsInTheSameOrder() throws IOException {
        assertThat(Files.readAllLines(Path.of("../CONTRIBUTING.md")))
                .filteredOn(line -> line.matches("io\\.github\\.zklb\\S* +.*"))
                .extracting(line -> line.substring(0, line.indexOf(' ')))
                .containsExactlyElementsOf(ROOMS);
    }

    @Test
    void noFileIsLong() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readAllLines(file))
                            .as(file.toString())
                            .hasSizeLessThanOrEqualTo(300));
        }
    }

    @Test
    void theEngineKnowsNeitherSpringNorReactor() {
        noClasses()
                .that()
                .resideInAPackage("io.github.zklb.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..", "reactor..", "org.apache.curator..", "org.apache.zookeeper..")
                .check(production);
    }

    @Test
    void theMathematicsKnowsNoFramework() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.github.zklb",
                        "io.github.zklb.strategy",
                        "io.github.zklb.calls",
                        "io.github.zklb.traffic",
                        "io.github.zklb.reports")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "org.apache.curator..",
                        "org.apache.zookeeper..",
                        "reactor..",
                        "org.slf4j..",
                        "io.micrometer..")
                .check(production);
    }

    @Test
    void micrometerIsKnownToWhatAnOperatorSeesOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.github.zklb.actuate.metrics", "io.github.zklb.autoconfigure")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(production);
    }

    @Test
    void curatorLivesWhereItIsTheOutsideWorld() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.github.zklb.zookeeper..", "io.github.zklb.registration", "io.github.zklb.autoconfigure")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.curator..", "org.apache.zookeeper..")
                .check(production);
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.github.zklb.codec",
                        "io.github.zklb.membership",
                        "io.github.zklb.store",
                        "io.github.zklb.zookeeper..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "reactor..")
                .check(production);
    }

    @Test
    void autoConfigurationsAreFinalAndExposeNothing() {
        classes()
                .that()
                .areAnnotatedWith(AutoConfiguration.class)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .andShould(haveNoPublicMethods())
                .check(production);
    }

    @Test
    void nothingSleepsAndNoFieldIsInjected() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(everything);
        noFields().should().beAnnotatedWith(Autowired.class).check(production);
    }

    @Test
    void everyPackageIsNullMarked() {
        for (JavaClass type : production) {
            assertThat(type.getPackage().isAnnotatedWith(NullMarked.class))
                    .as(type.getPackageName())
                    .isTrue();
        }
    }

    private static ArchCondition<JavaClass> haveNoPublicMethods() {
        return new ArchCondition<>("have no public methods") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getMethods().stream()
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                        .forEach(method ->
                                events.add(SimpleConditionEvent.violated(method, method.getFullName() + " is public")));
            }
        };
    }
}
