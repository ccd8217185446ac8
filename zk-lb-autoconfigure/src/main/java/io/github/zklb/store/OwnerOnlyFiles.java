package io.github.zklb.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;

/**
 * Writes files that only their owner can read, where the file system knows owners, and that are there whole or not at
 * all. Stateless.
 */
public final class OwnerOnlyFiles {

    private static final String TEMPORARY = ".tmp";

    private OwnerOnlyFiles() {}

    /** Creates a directory and those above it, unless they are there. */
    static void createDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, ownerOnly(directory, "rwx------"));
        }
    }

    /** Replaces a file by one with other content, in one step that survives a crash. */
    public static void replace(Path file, byte[] content) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path written =
                Files.createTempFile(directory, file.getFileName() + "-", TEMPORARY, ownerOnly(file, "rw-------"));
        try {
            Files.write(written, content);
            try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    /**
     * Removes what {@link #replace} left when its process ended meanwhile.
     *
     * @param prefix with what the names of the files begin
     * @param before the time before which they were written; another process may still be at a younger one
     */
    static void removeLeftovers(Path directory, String prefix, Instant before) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, prefix + '*' + TEMPORARY)) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path file, String permissions) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
