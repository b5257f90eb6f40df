using ModelChecking.Linearizability;

namespace Raft.Tests.Checking;

/// <summary>The files that hold histories, and what is said of a file that does not.</summary>
public sealed class HistoryFileTests
{
    [Fact]
    public void A_line_of_a_log_is_a_time()
    {
        var history = HistoryFile.Parse(
            """
            INFO  jepsen.util - 0	:invoke	:cas	[1 2]
            INFO  jepsen.util - 1	:invoke	:read	nil
            INFO  jepsen.util - 0	:fail	:cas	[1 2]
            INFO  jepsen.util - 1	:ok	:read	nil
            INFO  jepsen.util - 1	:invoke	:write	3
            INFO  jepsen.util - 1	:info	:write	:timed-out
            """);

        Assert.False(history.HasKeys);
        Assert.Equal(
            ["0: 1 to 3 compare-and-set(1, 2) = not set", "1: 2 to 4 read() = nil", "1: 5 to  write(3)"],
            history.Operations.Select(one => $"{one.Client}: {one.Call} to {one.Return} {one.Action}"));
    }

    [Fact]
    public void A_value_may_hold_what_separates_others()
    {
        var history = HistoryFile.Parse(
            """
            {:process 0, :type :invoke, :f :put, :key "a b", :value "x, \"y\" 1}"}
            {:process 0, :type :ok, :f :put, :key "a b", :value "x, \"y\" 1}"}
            """);

        var one = Assert.Single(history.Operations);
        Assert.Equal(("a b", "x, \"y\" 1}"), (one.Action.Key, one.Action.Value));
        Assert.Equal("a b", Assert.Single(history.Parts()).Key);
    }

    [Theory]
    [InlineData("hello", "the first line is neither")]
    [InlineData("", "the first line is neither")]
    [InlineData("INFO  jepsen.util - 0\t:ok\t:read\tnil", "line 1: process 0 has no open read")]
    [InlineData(
        "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:invoke\t:read\tnil",
        "line 2: process 0 calls an operation, but its last one is open")]
    [InlineData("INFO  jepsen.util - 0\t:invoke\t:frob\tnil", "line 1: ':frob' is neither")]
    [InlineData("INFO  jepsen.util - 0\t:invoke\t:cas\t5", "line 1: a compare-and-set takes '[expected value]', not '5'")]
    [InlineData("INFO  jepsen.util - 0\t:invoke\t:write\t1\nnonsense", "line 2: 'nonsense' is not one of a Jepsen log")]
    [InlineData(
        "INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:maybe\t:write\t1", "line 2: ':maybe' is neither")]
    [InlineData("{:process 0, :type :invoke}", "line 1: '{:process 0, :type :invoke}' is not one of a key-value log")]
    [InlineData("{ \"version\": 1,\n \"model\": 3 }", "line 2: ")]
    [InlineData("{ \"version\": 2, \"model\": \"register\", \"operations\": [] }", "version is 2; this program reads version 1")]
    [InlineData("{ \"version\": 1, \"model\": \"queue\", \"operations\": [] }", "model is 'queue'; there is register and key-value")]
    [InlineData("{ \"version\": 1, \"model\": \"register\", \"operations\": [null] }", "operation 1: ")]
    [InlineData("{ \"version\": 1, \"model\": \"register\", \"operations\": null }", "the list of operations is missing")]
    [InlineData(
        """{:process 0, :type :invoke, :f :put, :key "a\q", :value "x"}""", "line 1: 'a\\q' has a backslash that escapes nothing")]
    [InlineData(
        """{:process 0, :type :invoke, :f :put, :key "a", :value "x\"}""", "line 1: 'x\\' has a backslash that escapes nothing")]
    [InlineData(
        "{ \"version\": 1, \"model\": \"key-value\", \"operations\": [{ \"client\": 1, \"call\": 1, \"kind\": \"read\" }] }",
        "operation 1: a key is missing")]
    [InlineData(
        "{ \"version\": 1, \"model\": \"register\", \"operations\": [{ \"client\": 1, \"call\": 2, \"return\": 1, \"kind\": \"read\" }] }",
        "operation 1 returns at 1, before its call at 2")]
    [InlineData(
        "{ \"version\": 1, \"model\": \"register\", \"operations\": [{ \"client\": 1, \"call\": 1, \"return\": 2, "
            + "\"kind\": \"compareAndSet\" }] }",
        "operation 1, a compare-and-set, returned, but whether it 'wrote' is missing")]
    public void What_is_no_history_is_refused_with_the_reason(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<InvalidDataException>(() => HistoryFile.Parse(text)).Message, StringComparison.Ordinal);
}
