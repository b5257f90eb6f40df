using System.Text.Json;

namespace Raft.Verification.Mutants;

/// <summary>Reads the results of searches from a file that a command wrote with <c>--json</c>.</summary>
internal static class SearchFile
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="command">The command that writes such files, for errors.</param>
    /// <param name="hasGaps">Whether a part of it is null that must not be.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file has another format.</exception>
    public static T Read<T>(string file, string command, Func<T, bool> hasGaps)
    {
        if (string.IsNullOrWhiteSpace(file))
        {
            throw new InvalidDataException($"'{file}' is not the name of a file; name what '{command}' wrote.");
        }

        try
        {
            var read = JsonSerializer.Deserialize<T>(File.ReadAllText(file), _json) ?? throw new JsonException("It is null.");
            return hasGaps(read) ? throw new JsonException("A part of it is null.") : read;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is not what '{command}' writes: {exception.Message}", exception);
        }
    }
}
