using System.Text;
using System.Text.Json.Nodes;
using DeterministicSimulation;
using Raft.Tests.Viewer;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;

namespace Raft.Tests.Cli;

/// <summary>For any damage to a trace file, each command that reads it ends with a status and one line.</summary>
[Collection(nameof(InProcess))]
public sealed class TraceFuzzTests : IDisposable
{
    private const int _traces = 10_000;
    private const long _mostBytes = 256L << 20;

    // As in JSON.
    private static readonly string[] _replacements =
    [
        "null", "0", "-1", "2", "0.5", "1e400", "2147483648", "9223372036854775807", "99999999999999999999", "true",
        "\"\"", "\"nothing like it\"", "\"\\u001b[31m\"", "\"\\ud800\"", "[]", "[null]", "{}",
        "{\"some\": {\"thing\": 1}}", $"{new string('[', 100)}{new string(']', 100)}",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    [Trait("Category", "Long")]
    public async Task Ten_thousand_damaged_traces_end_with_a_status_and_a_line()
    {
        var shrunk = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Traces", "E5.trace.json"));
        string[] texts = [Hurried().ToJson(), Story.OfEverything().ToJson(), shrunk];
        var work = Task.Factory.StartNew(() => Fuzz(texts), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var statuses = await work.WaitAsync(TimeSpan.FromMinutes(3));

        // Some damage is harmless, and some traces still show their violation.
        Assert.All((int[])[0, 1, 2], status => Assert.True(statuses[status] > 20, $"{statuses[status]} ended with status {status}"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private int[] Fuzz(string[] texts)
    {
        var random = new Random(1);
        string[][] members = [.. texts.Select(text => MembersOf(JsonNode.Parse(text)!).ToArray())];
        var statuses = new int[3];
        for (var i = 0; i < _traces; i++)
        {
            var which = i % texts.Length;
            var round = i / texts.Length;

            // Replaces the value at each place in turn. Every third trace loses or gains bytes at a random place.
            var (turn, place) = Math.DivRem(round, members[which].Length);
            var damaged = i % 10 < 7
                ? Encoding.UTF8.GetBytes(Replaced(
                    texts[which], members[which][place], _replacements[(round + turn) % _replacements.Length], isRemoved: i % 7 == 6))
                : Scrambled(Encoding.UTF8.GetBytes(texts[which]), random);
            statuses[Run(i, damaged)]++;
        }

        return statuses;
    }

    private int Run(int i, byte[] damaged)
    {
        var file = Path.Combine(_directory, "damaged.trace.json");
        File.WriteAllBytes(file, damaged);
        string[] arguments = (i % 8) switch
        {
            0 => ["show", file, "--html", Path.Combine(_directory, "page.html")],
            1 or 2 => ["show", file, "--svg", Path.Combine(_directory, "picture.svg")],
            3 => ["replay", file, "--until", "3"],
            4 => ["replay", file, "--emit-test"],
            5 when i % 80 == 5 => ["shrink", file, "--out", Path.Combine(_directory, "shrunk.json")],
            _ => ["replay", file],
        };
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var (status, output, errors) = InProcess.Run(arguments);

            Assert.InRange(status, 0, 2);
            var lines = errors.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(status == 2, lines.Length > 0);
            Assert.True(status < 2 || lines[0].StartsWith("raft-verify: ", StringComparison.Ordinal), errors);
            Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
            Assert.DoesNotContain(output + errors, letter => char.IsControl(letter) && letter is not ('\r' or '\n' or '\t'));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, _mostBytes);
            return status;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"Trace {i}, {string.Join(' ', arguments)}: {exception.Message}\n{Encoding.UTF8.GetString(damaged)}", exception);
        }
    }

    // A schedule that the current code replays: it is not done after so few steps.
    private static Trace Hurried()
    {
        var election = Scenario.All.First(scenario => scenario.Name == "election");
        var hurried = election with { Options = election.Options with { MaxSteps = 15 } };
        return Explorer.Explore(hurried, new ExplorationOptions { Iterations = 1, Strategy = "random" }).Violation!.Replayed();
    }

    private static IEnumerable<string> MembersOf(JsonNode node)
    {
        yield return node.GetPath();
        var children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        foreach (var path in children.OfType<JsonNode>().SelectMany(MembersOf))
        {
            yield return path;
        }
    }

    private static string Replaced(string text, string path, string replacement, bool isRemoved)
    {
        const string mark = "HERE, AND NOWHERE ELSE";
        var root = JsonNode.Parse(text)!;
        var node = root;
        foreach (var part in path[1..].Split('.', '[', ']').Where(part => part.Length > 0))
        {
            node = node is JsonArray items ? items[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!;
        }

        switch (node.Parent)
        {
            case null:
                return replacement;
            case JsonObject parent when isRemoved:
                parent.Remove(node.GetPropertyName());
                return root.ToJsonString();
            case JsonArray parent when isRemoved:
                parent.Remove(node);
                return root.ToJsonString();
            default:
                node.ReplaceWith(mark);
                return root.ToJsonString().Replace($"\"{mark}\"", replacement, StringComparison.Ordinal);
        }
    }

    private static byte[] Scrambled(byte[] bytes, Random random)
    {
        var scrambled = bytes.ToList();
        for (var left = 1 + random.Next(3); left > 0; left--)
        {
            var at = random.Next(scrambled.Count);
            switch (random.Next(5))
            {
                case 0:
                    scrambled[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    scrambled[at] = (byte)random.Next(256);
                    break;
                case 2:
                    scrambled.RemoveRange(at, Math.Min(scrambled.Count - at - 1, 1 + random.Next(20)));
                    break;
                case 3:
                    scrambled.Insert(at, (byte)"0123456789-.eE\"{}[],:"[random.Next(21)]);
                    break;
                default:
                    scrambled.RemoveRange(at, random.Next(10) == 0 ? scrambled.Count - at - 1 : 1);
                    break;
            }

            scrambled.Add((byte)' ');
        }

        return [.. scrambled];
    }
}
